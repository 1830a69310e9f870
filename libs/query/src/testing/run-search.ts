import { systemClock } from '#libs/kernel';
import { aggregationFilters } from '../aggregations/plan/aggregation-filters.ts';
import { compileSearch } from '../compile/compile-query.ts';
import { searchSegments } from '../execute/search-segments.ts';
import type { SearchPartial, SearchStatistics } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';
import type { QuerySchema, SearchableSegment } from '../search.ts';
import { gatherDocFreqs } from '../execute/gather-doc-freqs.ts';
import { fieldStatistics } from './build-segments.ts';

/** One task over segments; without statistics, over all there are, as dfs would give them. */
export async function runSearch(
  segments: readonly SearchableSegment[],
  request: SearchRequest,
  schema: QuerySchema,
  statistics?: SearchStatistics,
  floor?: number,
): Promise<SearchPartial> {
  const compiled = compileSearch(request, schema, { now: 0 });
  return searchSegments(
    segments,
    request,
    compiled,
    schema,
    statistics ?? (await dfsStatistics(segments, request, schema)),
    { clock: systemClock, tellsFloor: true, ...(floor !== undefined && { floor }) },
  );
}

export async function dfsStatistics(
  segments: readonly SearchableSegment[],
  request: SearchRequest,
  schema: QuerySchema,
): Promise<SearchStatistics> {
  const compiled = compileSearch(request, schema, { now: 0 });
  return {
    ...fieldStatistics(segments),
    docFreqs: await gatherDocFreqs(compiled, segments, aggregationFilters(request, schema, 0)),
  };
}
