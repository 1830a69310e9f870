import type { BoolClause, Clause } from '../compile/compiled-query.ts';
import type { Weights } from '../score/weights.ts';
import { BoolScorer } from './bool-scorer.ts';
import { fullBits, intersect, subtract, type Bits } from './bits.ts';
import { ConjunctionScorer } from './conjunction-scorer.ts';
import { DisjunctionScorer } from './disjunction-scorer.ts';
import { DocsScorer } from './docs-scorer.ts';
import { createFunctionScore } from './function-score.ts';
import { FunctionScorer } from './function-scorer.ts';
import { matchingDocs } from './matching-docs.ts';
import { PhraseScorer } from './phrase-scorer.ts';
import type { Scorer } from './scorer.ts';
import type { SegmentData } from './segment-data.ts';
import { filterDocs } from './segment-results.ts';
import { TermScorer } from './term-scorer.ts';

export function createTermScorer(
  clause: Extract<Clause, { kind: 'term' }>,
  data: SegmentData,
  weights: Weights,
): TermScorer {
  const norms = data.norms(clause.field);
  return new TermScorer(
    data.postings(data.term(clause.field, clause.term)!),
    weights.term(clause),
    weights.normInverses(clause.field, norms !== undefined),
    norms,
  );
}

export const createPhraseScorer = (
  clause: Extract<Clause, { kind: 'phrase' }>,
  data: SegmentData,
  weights: Weights,
): PhraseScorer => new PhraseScorer(clause, data, weights.phrase(clause), weights.normInverses(clause.field, true));

/** The scorer of a clause that may match in this segment (`mayMatch`). */
export function createScorer(clause: Clause, data: SegmentData, weights: Weights): Scorer {
  switch (clause.kind) {
    case 'term':
      return createTermScorer(clause, data, weights);
    case 'phrase':
      return createPhraseScorer(clause, data, weights);
    case 'fuzzy':
    case 'phrase_prefix':
      return createScorer(data.substituteFor(clause), data, weights);
    case 'dis_max': {
      const children = clause.clauses.filter((child) => data.mayMatch(child));
      return new DisjunctionScorer(
        children.map((child) => createScorer(child, data, weights)),
        1,
        clause.tieBreaker,
        data.watch,
      );
    }
    case 'bool':
      return createBoolScorer(clause, acceptedBy(clause, data, undefined), data, weights);
    case 'function_score':
      return new FunctionScorer(createScorer(clause.clause, data, weights), createFunctionScore(clause, data));
    case 'min_score':
      return new BoolScorer(
        createScorer(clause.clause, data, weights),
        undefined,
        data.minScoreDocs.get(clause),
        data.watch,
      );
    case 'none':
      return new DocsScorer(matchingDocs(clause, data), 0);
    default:
      return new DocsScorer(matchingDocs(clause, data), clause.boost);
  }
}

/** The scorer of a bool whose filters and exclusions have become `accepted`. */
function createBoolScorer(
  { must, should, minimumShouldMatch }: BoolClause,
  accepted: Bits | undefined,
  data: SegmentData,
  weights: Weights,
): Scorer {
  const { watch } = data;
  const optionalClauses = should
    .filter((child) => data.mayMatch(child))
    .map((child) => createScorer(child, data, weights));
  const optional =
    optionalClauses.length === 0
      ? undefined
      : new DisjunctionScorer(optionalClauses, Math.max(1, minimumShouldMatch), undefined, watch);
  const required = must.map((child) => createScorer(child, data, weights));
  if (required.length === 0) {
    if (minimumShouldMatch > 0) return new BoolScorer(optional!, undefined, accepted, watch);
    // Only filters are required, and they score nothing.
    const docs = accepted ?? fullBits(data.docCount);
    return new BoolScorer(new DocsScorer(docs, 0), optional, undefined, watch);
  }
  const conjunction = required.length === 1 ? required[0]! : new ConjunctionScorer(required, watch);
  if (minimumShouldMatch === 0) return new BoolScorer(conjunction, optional, accepted, watch);
  return new BoolScorer(new ConjunctionScorer([conjunction, optional!], watch), undefined, accepted, watch);
}

/** Which documents the filters and exclusions of a bool let through, of those that `accepted` has; undefined: all. */
export function acceptedBy(
  { filter, mustNot }: Pick<BoolClause, 'filter' | 'mustNot'>,
  data: SegmentData,
  accepted: Bits | undefined,
): Bits | undefined {
  let own: Bits | undefined;
  for (const child of filter) {
    if (child.kind === 'all') continue;
    const bits = filterDocs(child, data);
    if (own) intersect(own, bits);
    else own = bits;
  }
  for (const child of mustNot) {
    if (!data.mayMatch(child)) continue;
    own ??= fullBits(data.docCount);
    subtract(own, filterDocs(child, data));
  }
  if (own && accepted) intersect(own, accepted);
  return own ?? accepted;
}
