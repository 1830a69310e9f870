import type { Clause, NamedClause } from '../compile/compiled-query.ts';
import { createExplainer } from '../explain/explain-clause.ts';
import type { Weights } from '../score/weights.ts';
import type { PartialHit } from '../search-partial.ts';
import { hasBit } from './bits.ts';
import { matchingDocs } from './matching-docs.ts';
import type { SegmentData } from './segment-data.ts';
import { resolveMinScores } from './min-score.ts';

/** What hits tell beside their documents. */
export interface HitDetails {
  /** Undefined: no explanations. */
  readonly explained: Clause | undefined;
  readonly named: readonly NamedClause[];
  readonly weights: Weights;
}

export type DetailsOfHit = Pick<PartialHit, 'explanation' | 'matchedQueries'>;

/** By document. */
export function hitDetails(
  docs: readonly number[],
  data: SegmentData,
  { explained, named, weights }: HitDetails,
): Map<number, DetailsOfHit> {
  if (docs.length === 0) return new Map();
  const explainer = explained && createExplainer(explained, data, weights);
  const matches = named.map(({ name, clause }) => {
    resolveMinScores(clause, data, weights, false);
    return { name, bits: matchingDocs(clause, data) };
  });
  // Explainers only move on.
  return new Map(
    docs
      .toSorted((a, b) => a - b)
      .map((doc): [number, DetailsOfHit] => {
        const explanation = explainer?.(doc);
        const names = matches.filter(({ bits }) => hasBit(bits, doc)).map(({ name }) => name);
        return [
          doc,
          { ...(explanation && { explanation }), ...(named.length > 0 && { matchedQueries: [...new Set(names)] }) },
        ];
      }),
  );
}
