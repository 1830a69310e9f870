import { planAggregations } from '../aggregations/agg-plan.ts';
import type { AggPartials } from '../aggregations/agg-partial.ts';
import { finishAggregations } from '../aggregations/finish-aggregations.ts';
import { compileQuery } from '../compile/compile-query.ts';
import type { CompiledQuery } from '../compile/compiled-query.ts';
import type { PartialHit, SearchHit, SearchPartial, SearchResult } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';
import type { QuerySchema } from '../search.ts';
import { needsSource } from '../needs-source.ts';
import { Highlighter } from './highlight.ts';
import { requestedFields } from './requested-fields.ts';
import { filterSource } from './source-filter.ts';

export interface SearchFacts {
  /** The manifest version that was searched. */
  readonly version: number;
  readonly tookMs: number;
  /** Segments of that version: what coverage is a share of. Default: those the partial attempted. */
  readonly segments?: number;
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
  const compiled = facts.compiled ?? compileQuery(request.query, schema, { now: 0 });
  const highlighter = request.highlight && new Highlighter(request.highlight, compiled, schema);
  const page = partial.hits.slice(request.from, request.from + request.size);
  const { attempted, succeeded, failed } = partial;
  const shards = Math.max(facts.segments ?? attempted, attempted);
  const plans = planAggregations(request.aggs, schema, compiled.now);
  return {
    took: facts.tookMs,
    version: facts.version,
    total: shownTotal(partial.total, request),
    maxScore: byScore(request) ? (partial.hits[0]?.score ?? null) : null,
    hits: page.map((hit) => finishHit(hit, request, schema, highlighter)),
    ...(plans.length > 0 && { aggs: finishAggregations(plans, partial.aggs as AggPartials) }),
    shards: { total: shards, successful: succeeded, failed: failed.length, skipped: 0 },
    ...(failed.length > 0 && { failures: failed }),
    coverage: shards === 0 ? 1 : succeeded / shards,
  };
}

const byScore = ({ sort }: SearchRequest): boolean =>
  sort.length === 0 || (sort[0]!.field === '_score' && sort[0]!.order === 'desc');

/** How far beyond trackTotalHits a task has counted depends on how documents are split: it is not shown. */
function shownTotal(total: SearchPartial['total'], { trackTotalHits }: SearchRequest): SearchPartial['total'] {
  const capped = typeof trackTotalHits === 'number' && total.relation === 'gte' && total.value > trackTotalHits;
  return capped ? { value: trackTotalHits, relation: 'gte' } : total;
}

function finishHit(
  hit: PartialHit,
  request: SearchRequest,
  schema: QuerySchema,
  highlighter: Highlighter | undefined,
): SearchHit {
  const source: unknown = needsSource(request) ? withoutId(JSON.parse(hit.source)) : undefined;
  const highlight = highlighter?.highlight(source);
  return {
    _id: hit.id,
    _score: hit.score,
    ...(request.source !== false && { _source: request.source ? filterSource(source, request.source) : source }),
    ...(request.fields && { fields: requestedFields(source, request.fields, schema) }),
    ...(highlight && { highlight }),
    sort: pageKey(hit, request),
  };
}

/** The document's `_id` travels inside its JSON; a hit shows it beside `_source`, as Elasticsearch does. */
function withoutId(source: unknown): unknown {
  if (typeof source !== 'object' || source === null || !Object.hasOwn(source, '_id')) return source;
  const { _id: id, ...rest } = source as Record<string, unknown>;
  return id === undefined ? source : rest;
}

/** What `searchAfter` takes to go on behind this hit: the sort values (or the score) and, so that ties are not lost, the id. */
function pageKey({ id, score, sort }: PartialHit, request: SearchRequest): NonNullable<SearchHit['sort']> {
  if (request.sort.length === 0) return [score, id];
  return request.sort.some(({ field }) => field === '_id') ? sort! : [...sort!, id];
}
