import { z } from 'zod';
import { isQuarryError, parseDurationMs } from '#libs/kernel';
import type { SearchRequest, SortKey } from '../search-request.ts';
import { parseAggregations } from './aggregations/parse-aggregations.ts';
import { MAX_RESULT_WINDOW, MAX_TIMEOUT_MS } from './limits.ts';
import { OptionReader, readScalar } from './option-reader.ts';
import { parseHighlight } from './parse-highlight.ts';
import { parseSort } from './parse-sort.ts';
import { parseFields, parseSourceFilter, parseStoredFields } from './parse-source-filter.ts';
import { parseSuggest } from './parse-suggest.ts';
import { parseQuery } from './queries/parse-query.ts';
import { readQuery } from './read-query.ts';
import { requestError, unexpected } from './request-error.ts';

const CODE = 'bad_search_request';

const TRACKED = 'true, false or how many hits to count exactly (an integer from 0)';

/** The options that are one plain value each, with their defaults. The others have parsers of their own. */
const settings = z.object({
  q: z.string('a query string').optional(),
  size: count('an integer from 0').default(10),
  from: count('an integer from 0').default(0),
  // A union repeats the expectation of the branch that came furthest, so that one says it too.
  track_total_hits: z.union([z.boolean(), count(TRACKED)], TRACKED).default(false),
  timeout: z.union([z.string(), z.number()], 'a duration, as in "5s" or 5000 (ms)').optional(),
  consistency: z.enum(['strong', 'eventual'], '"strong" or "eventual"').default('strong'),
  min_version: count('a version (an integer from 0)').optional(),
  search_type: z
    .enum(
      ['default', 'dfs', 'query_then_fetch', 'dfs_query_then_fetch'],
      '"default" or "dfs" (or query_then_fetch, dfs_query_then_fetch)',
    )
    .default('default'),
  min_score: z.number('a number from 0').min(0, 'a number from 0').optional(),
  track_scores: z.boolean('true or false').default(false),
  explain: z.boolean('true or false').default(false),
});
type Settings = z.infer<typeof settings>;

function count(expected: string): z.ZodInt {
  return z.int(expected).min(0, expected);
}

const ALLOWED = [
  'query',
  'q',
  'size',
  'from',
  'search_after',
  'sort',
  'fields',
  'docvalue_fields',
  'stored_fields',
  '_source',
  'aggs',
  'aggregations',
  'highlight',
  'suggest',
  'track_total_hits',
  'timeout',
  'consistency',
  'min_version',
  'search_type',
  'post_filter',
  'min_score',
  'track_scores',
  'explain',
];
const UNSUPPORTED = [
  'collapse',
  'ext',
  'indices_boost',
  'knn',
  'pit',
  'preference',
  'profile',
  'rescore',
  'routing',
  'runtime_mappings',
  'script_fields',
  'seq_no_primary_term',
  'slice',
  'source',
  'stats',
  'terminate_after',
  'version',
];

/**
 * The body of a search (DESIGN §6) → the request, checked for form and completed with its defaults. No body is an empty
 * one. Keys are camelCase or snake_case. Throws `invalid` only: `bad_search_request`, `unknown_key`,
 * `unsupported_option`, `result_window_too_large`, `bad_search_after`, `bad_sort`, `bad_fields`, `bad_source_filter`,
 * `bad_highlight`, and those of parseQuery and parseAggregations; every message starts with the JSON path.
 */
export function parseSearchRequest(body: unknown): SearchRequest {
  const options = new OptionReader(body ?? {}, '', {
    code: CODE,
    what: 'a search',
    allowed: ALLOWED,
    unsupported: UNSUPPORTED,
  });
  const read = readSettings(options);
  checkWindow(read, options);
  const sort = parseSort(options.raw('sort'), options.at('sort'));
  const searchAfter = readSearchAfter(options, sort, read.from);
  const source = readSource(options);
  const fields = readFields(options);
  const highlight = parseHighlight(options.raw('highlight'), options.at('highlight'));
  const suggest = parseSuggest(options.raw('suggest'), options.at('suggest'));
  const timeoutMs = readTimeout(read.timeout, options);
  if (options.has('aggs') && options.has('aggregations'))
    throw requestError(CODE, '', 'aggs and aggregations are the same; give one');
  const aggs = options.has('aggs') ? 'aggs' : 'aggregations';
  return {
    query: readQuery(options, CODE) ?? { type: 'match_all', boost: 1, path: 'query' },
    size: read.size,
    from: read.from,
    sort,
    aggs: parseAggregations(options.raw(aggs), aggs),
    trackTotalHits: read.track_total_hits,
    consistency: read.consistency,
    searchType: read.search_type.startsWith('dfs') ? 'dfs' : 'default',
    ...(searchAfter && { searchAfter }),
    ...(source !== undefined && { source }),
    ...(fields && { fields }),
    ...(highlight && { highlight }),
    ...(suggest && { suggest }),
    ...(options.has('post_filter') && {
      postFilter: parseQuery(options.raw('post_filter'), options.at('post_filter')),
    }),
    ...(read.min_score !== undefined && { minScore: read.min_score }),
    ...(read.track_scores && { trackScores: true }),
    ...(read.explain && { explain: true }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(read.min_version !== undefined && { minVersion: read.min_version }),
  };
}

/** The messages of the schema are what was expected; path and value are added here. */
function readSettings(options: OptionReader): Settings {
  const names = Object.keys(settings.shape);
  const given = names.filter((name) => options.has(name)).map((name) => [name, options.raw(name)]);
  const parsed = settings.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw options.fail(String(issue.path[0]), issue.message);
}

function checkWindow({ from, size }: Settings, options: OptionReader): void {
  if (from + size <= MAX_RESULT_WINDOW) return;
  throw requestError(
    'result_window_too_large',
    options.at(from > 0 ? 'from' : 'size'),
    `from + size is ${from + size}, more than ${MAX_RESULT_WINDOW}; page on with searchAfter and the sort values of the last hit`,
  );
}

/** The last hit's `sort` as it was given: one value a sort key (by default the score), and its `_id` to break ties. */
function readSearchAfter(options: OptionReader, sort: readonly SortKey[], from: number): SearchRequest['searchAfter'] {
  const name = 'search_after';
  if (!options.has(name)) return undefined;
  const code = 'bad_search_after';
  const path = options.at(name);
  const values = options.raw(name);
  if (!Array.isArray(values)) throw unexpected(code, path, 'an array: the sort values of the last hit', values);
  const keys = Math.max(1, sort.length);
  if (values.length !== keys && values.length !== keys + 1)
    throw unexpected(code, path, `the sort of the last hit: ${keys} value${keys > 1 ? 's' : ''}, then its _id`, values);
  if (from > 0)
    throw requestError(
      code,
      options.at('from'),
      `from is ${from}, but searchAfter starts where it says; leave from out`,
    );
  return values.map((value: unknown, i) => (value === null ? null : readScalar(value, `${path}[${i}]`, code)));
}

function readSource(options: OptionReader): SearchRequest['source'] {
  const source = parseSourceFilter(options.raw('_source'), options.at('_source'));
  if (!parseStoredFields(options.raw('stored_fields'), options.at('stored_fields'))) return source;
  if (options.has('_source') && source !== false)
    throw requestError(CODE, options.at('stored_fields'), '"_none_" and _source together; give one');
  return false;
}

/** What columns hold is what the source says: `docvalue_fields` are more `fields`. */
function readFields(options: OptionReader): SearchRequest['fields'] {
  const lists = ['fields', 'docvalue_fields'].map((name) => parseFields(options.raw(name), options.at(name)));
  return lists.every((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? []);
}

function readTimeout(value: string | number | undefined, options: OptionReader): number | undefined {
  if (value === undefined) return undefined;
  const ms = typeof value === 'number' ? value : durationMs(value);
  if (ms > 0 && ms <= MAX_TIMEOUT_MS) return Math.ceil(ms);
  throw options.fail('timeout', 'a duration above 0 and up to a day, as in "5s" or 5000 (ms)');
}

function durationMs(text: string): number {
  try {
    return parseDurationMs(text.slice(0, 64));
  } catch (error) {
    if (isQuarryError(error)) return Number.NaN;
    throw error;
  }
}
