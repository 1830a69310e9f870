import { LeftOut } from './left-out.ts';
import type { ElasticAnswer } from './story.ts';
import type { QuarryAnswer } from './quarry-calls.ts';

type Json = Record<string, unknown>;

/** Parameters that change nothing of the answer of one index that is there. */
const HARMLESS = new Set([
  'ignore_unavailable',
  'allow_no_indices',
  'expand_wildcards',
  'preference',
  'routing',
  'request_cache',
  'typed_keys',
  'allow_partial_search_results',
  'batched_reduce_size',
  'ccs_minimize_roundtrips',
  'max_concurrent_shard_requests',
  'pre_filter_shard_size',
  'refresh',
  'wait_for_completion',
  'conflicts',
  'min_score',
  'terminate_after',
  'lenient',
]);
const NUMBERS = new Set(['size', 'from']);
/** Above every id, as a search after a value without an id goes on behind all that have the value. */
const LAST_ID = '\u{10FFFF}';
/** As many as Elasticsearch counts when nobody says how many. */
const COUNTED = 10_000;

/** A search's body for Quarry from Elasticsearch's body and parameters. Throws LeftOut. */
export function searchRequest(body: unknown, parameters: Readonly<Json>): Json {
  const request: Json = { trackTotalHits: COUNTED, ...(body as Json | undefined) };
  if ('track_total_hits' in request) delete request['trackTotalHits'];
  for (const [name, value] of Object.entries(parameters)) apply(request, name, value);
  if (Array.isArray(request['search_after'])) request['search_after'] = [...request['search_after'], LAST_ID];
  return request;
}

function apply(request: Json, name: string, value: unknown): void {
  if (HARMLESS.has(name)) return;
  if (NUMBERS.has(name)) request[name] = Number(value);
  else if (name === 'q') {
    // There the parameter wins.
    delete request['query'];
    request['q'] = value;
  } else if (name === 'sort') {
    request['sort'] = String(value)
      .split(',')
      .map((key) => key.split(':'))
      .map(([field, order]) => (order === undefined ? field : { [field!]: order }));
  } else if (name === '_source') request['_source'] = sourceFlag(value);
  else if (name === '_source_includes' || name === '_source_excludes') {
    const filter = (typeof request['_source'] === 'object' ? request['_source'] : {}) as Json;
    request['_source'] = filter;
    filter[name.slice('_source_'.length)] = Array.isArray(value) ? value : String(value).split(',');
  } else if (name === 'default_operator' || name === 'df') {
    throw new LeftOut(`parameter: ${name}`);
  } else if (name === 'search_type' || name === 'timeout' || name === 'track_total_hits') {
    if (name === 'track_total_hits') delete request['trackTotalHits'];
    request[name] = value;
  } else throw new LeftOut(`parameter: ${name}`);
}

const sourceFlag = (value: unknown): unknown =>
  value === true || value === 'true' ? true : value === false || value === 'false' ? false : String(value).split(',');

/** Quarry's result in Elasticsearch's shape. */
export function elasticResult(index: string, request: Json, { body }: QuarryAnswer): ElasticAnswer {
  const hits = (body['hits'] as Json[]).map((hit) => elasticHit(index, request, hit));
  const scores = hits.map((hit) => hit['_score']).filter((score) => typeof score === 'number');
  const shards = body['shards'] as Json;
  return {
    status: 200,
    body: {
      took: body['took'],
      timed_out: false,
      _shards: shards,
      hits: {
        total: body['total'],
        max_score: body['maxScore'] ?? body['max_score'] ?? (scores.length > 0 ? Math.max(...scores) : null),
        hits,
      },
      ...(body['aggs'] !== undefined && { aggregations: body['aggs'] }),
      ...(body['suggest'] !== undefined && { suggest: body['suggest'] }),
    },
  };
}

function elasticHit(index: string, request: Json, hit: Json): Json {
  const { sort, ...rest } = hit;
  const keys = Array.isArray(request['sort']) ? request['sort'].length : 1;
  return {
    _index: index,
    ...rest,
    // The id that Quarry adds for paging is not one of the keys asked for.
    ...(request['sort'] !== undefined && Array.isArray(sort) && { sort: sort.slice(0, keys) }),
  };
}
