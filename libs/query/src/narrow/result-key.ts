import type { CompiledQuery } from '../compile/compiled-query.ts';
import { exactNumbers } from '../execute/segment-results.ts';
import type { SearchRequest } from '../search-request.ts';
import { narrowClause, type SegmentBounds } from './narrow-clause.ts';
import { hasAggregation, kindsIn } from './skippable.ts';

/** What depends on more than one segment, or names documents, or has no short name. */
const NOT_KEPT = ['function_score', 'min_score', 'fuzzy', 'phrase_prefix', 'term_pattern'] as const;

/**
 * Names what a search without hits finds in a segment, count and aggregations: the same name, the same partial, for as long
 * as the segment has the same deletes and the index the same schema (RESULT-1). Undefined: not to be kept.
 *
 * The query is as it was compiled, so `now` is a number in it, and narrowed to the segment, where that number mostly does
 * not show any more. Aggregations are as they were asked for; those that speak of `now` are named with it.
 */
export function resultKeys(
  request: SearchRequest,
  compiled: CompiledQuery,
): ((bounds: SegmentBounds) => string) | undefined {
  if (request.from + request.size > 0 || request.suggest !== undefined) return undefined;
  const kinds = kindsIn(compiled);
  if (NOT_KEPT.some((kind) => kinds.has(kind))) return undefined;
  if (hasAggregation(request.aggs, ({ type }) => type === 'top_hits')) return undefined;
  const aggs = JSON.stringify(request.aggs, exactNumbers);
  // Date math begins with it.
  const now = aggs.includes('"now') ? compiled.now : null;
  const { root, query } = compiled;
  return (bounds) => {
    const clauses = [narrowClause(root, bounds), root === query ? null : narrowClause(query, bounds)];
    return JSON.stringify([clauses, now], exactNumbers) + aggs;
  };
}
