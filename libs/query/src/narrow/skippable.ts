import type { Aggregations } from '../aggregation-request.ts';
import { childrenOf, clausesOf } from '../compile/clause-children.ts';
import type { Clause, CompiledQuery } from '../compile/compiled-query.ts';
import { collectTerms } from '../score/query-terms.ts';
import type { SearchRequest } from '../search-request.ts';
import { isNone, narrowClause, type SegmentBounds } from './narrow-clause.ts';

/**
 * Tells the segments that need not be looked at: their bounds show that nothing of them matches, and nothing else of them
 * shows in the answer. Document frequencies do, where scores count, unless they are known already (`dfs`).
 */
export function skippable(
  request: SearchRequest,
  compiled: CompiledQuery,
  hasDocFreqs: boolean,
): (bounds: SegmentBounds) => boolean {
  if (request.suggest !== undefined || needsEveryDocument(request.aggs)) return () => false;
  const kinds = kindsIn(compiled);
  const dependsOnTask =
    kinds.has('fuzzy') ||
    kinds.has('phrase_prefix') ||
    (scoresShow(request, kinds) && collectTerms(compiled).length > 0);
  if (kinds.has('function_score') || (dependsOnTask && !hasDocFreqs)) return () => false;
  const { root, query } = compiled;
  const isAggregated = Object.keys(request.aggs).length > 0;
  return (bounds) =>
    isNone(narrowClause(root, bounds)) && (!isAggregated || root === query || isNone(narrowClause(query, bounds)));
}

/** Of every clause, those below others too. */
export function kindsIn(compiled: CompiledQuery): Set<Clause['kind']> {
  const kinds = new Set<Clause['kind']>();
  const visit = (clause: Clause): void => {
    kinds.add(clause.kind);
    for (const child of childrenOf(clause)) visit(child);
  };
  for (const clause of clausesOf(compiled)) visit(clause);
  return kinds;
}

/** Whether what documents score, or whether they score enough, shows in the answer. */
function scoresShow({ size, from, sort, trackScores, explain, aggs }: SearchRequest, kinds: Set<string>): boolean {
  if (kinds.has('min_score') || hasAggregation(aggs, ({ type }) => type === 'top_hits')) return true;
  if (from + size === 0) return false;
  return trackScores === true || explain === true || sort.length === 0 || sort.some(({ field }) => field === '_score');
}

const needsEveryDocument = (aggs: Aggregations): boolean =>
  hasAggregation(aggs, (agg) => agg.type === 'global' || (agg.type === 'terms' && agg.minDocCount === 0));

export function hasAggregation(aggs: Aggregations, test: (agg: Aggregations[string]) => boolean): boolean {
  return Object.values(aggs).some((agg) => test(agg) || hasAggregation(agg.aggs, test));
}
