import type { AggPartials } from '../aggregations/agg-partial.ts';
import { finishAggregations } from '../aggregations/finish/finish-aggregations.ts';
import { planAggregations } from '../aggregations/plan/plan-aggregations.ts';
import { compileSearch } from '../compile/compile-query.ts';
import type { CompiledQuery } from '../compile/compiled-query.ts';
import type { PartialHit, SearchHit, SearchPartial, SearchResult } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';
import type { QuerySchema } from '../search.ts';
import { needsSource } from '../needs-source.ts';
import { finishSuggest } from '../suggest/finish-suggest.ts';
import { planSuggest } from '../suggest/plan-suggest.ts';
import { Highlighter } from './highlight.ts';
import { pageKeys } from './page-key.ts';
import { planFields, requestedFields } from './requested-fields.ts';
import { sourceOf } from './shown-source.ts';
import { filterSource } from './source-filter.ts';

export interface SearchFacts {
  /** The manifest version that was searched. */
  readonly version: number;
  readonly tookMs: number;
  /** Segments of that version: what coverage is a share of. Default: those the partial attempted. */
  readonly segments?: number;
  /** Of those, the ones that nobody had to look at. Default: none. */
  readonly skipped?: number;
  /** The query as it was compiled for the search; default: compiled here, with `now` 0. */
  readonly compiled?: CompiledQuery;
}

/** What all shards found, or those that have answered so far → the answer that the client sees. */
export function finishSearch(
  partial: SearchPartial,
  request: SearchRequest,
  schema: QuerySchema,
  facts: SearchFacts,
): SearchResult {
  const compiled = facts.compiled ?? compileSearch(request, schema, { now: 0 });
  const highlighter = request.highlight && new Highlighter(request.highlight, compiled, schema);
  const fields = request.fields && planFields(request.fields, schema);
  const page: Page = { request, fields, highlighter, keyOf: pageKeys(request) };
  const { attempted, succeeded, failed } = partial;
  const shards = Math.max(facts.segments ?? attempted, attempted);
  const { skipped = 0 } = facts;
  const suggests = planSuggest(request.suggest, schema);
  const plans = planAggregations(request.aggs, schema, compiled.now);
  return {
    took: facts.tookMs,
    version: facts.version,
    total: shownTotal(partial.total, request),
    maxScore: byScore(request) ? (partial.hits[0]?.score ?? null) : null,
    hits: partial.hits.slice(request.from, request.from + request.size).map((hit) => finishHit(hit, page)),
    ...(plans.length > 0 && { aggs: finishAggregations(plans, partial.aggs as AggPartials) }),
    ...(suggests.length > 0 && { suggest: finishSuggest(suggests, partial.suggest) }),
    shards: { total: shards, successful: succeeded + skipped, failed: failed.length, skipped },
    ...(failed.length > 0 && { failures: failed }),
    coverage: shards === 0 ? 1 : (succeeded + skipped) / shards,
  };
}

const byScore = ({ sort }: SearchRequest): boolean =>
  sort.length === 0 || (sort[0]!.field === '_score' && sort[0]!.order === 'desc');

/** How far beyond trackTotalHits a task has counted depends on how documents are split: it is not shown. */
function shownTotal(total: SearchPartial['total'], { trackTotalHits }: SearchRequest): SearchPartial['total'] {
  const capped = typeof trackTotalHits === 'number' && total.relation === 'gte' && total.value > trackTotalHits;
  return capped ? { value: trackTotalHits, relation: 'gte' } : total;
}

/** What is the same for all hits of a page. */
interface Page {
  readonly request: SearchRequest;
  readonly fields: ReturnType<typeof planFields> | undefined;
  readonly highlighter: Highlighter | undefined;
  readonly keyOf: ReturnType<typeof pageKeys>;
}

function finishHit(hit: PartialHit, { request, fields, highlighter, keyOf }: Page): SearchHit {
  const source: unknown = needsSource(request) ? sourceOf(hit) : undefined;
  const highlight = highlighter?.highlight(source);
  return {
    _id: hit.id,
    _score: hit.score,
    ...(request.source !== false && { _source: request.source ? filterSource(source, request.source) : source }),
    ...(fields && { fields: requestedFields(source, fields) }),
    ...(highlight && { highlight }),
    sort: keyOf(hit),
    ...(hit.matchedQueries && { matched_queries: hit.matchedQueries }),
    ...(hit.explanation && { _explanation: hit.explanation }),
  };
}
