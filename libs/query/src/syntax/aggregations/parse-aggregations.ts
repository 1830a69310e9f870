import type { Aggregation, Aggregations, MetricType } from '../../aggregation-request.ts';
import { MAX_AGGREGATION_DEPTH, MAX_AGGREGATIONS } from '../limits.ts';
import { isObject, snakeCase } from '../option-reader.ts';
import { ParseBudget } from '../parse-budget.ts';
import { pathOf, requestError, showKey, unexpected } from '../request-error.ts';
import { didYouMean } from '../suggest.ts';
import { UNSUPPORTED_AGGREGATIONS } from './aggregation-names.ts';
import type { AggregationPlace } from './aggregation-place.ts';
import { parseComposite } from './composite-aggregation.ts';
import {
  parseFilterAggregation,
  parseFiltersAggregation,
  parseGlobalAggregation,
  parseMissingAggregation,
} from './filter-aggregations.ts';
import { parseDateHistogram, parseHistogram } from './histogram-aggregations.ts';
import { parseCardinality, parseMetric, parsePercentiles, parseWeightedAvg } from './metric-aggregations.ts';
import { parseRangeAggregation } from './range-aggregation.ts';
import { parseTermsAggregation } from './terms-aggregation.ts';
import { parseTopHits } from './top-hits-aggregation.ts';

type WithoutAggs<T> = T extends unknown ? Omit<T, 'aggs'> : never;
type AggregationParser = (body: unknown, place: AggregationPlace) => WithoutAggs<Aggregation>;

const METRICS: readonly MetricType[] = ['stats', 'min', 'max', 'sum', 'avg', 'value_count', 'extended_stats'];
const PARSERS: ReadonlyMap<string, AggregationParser> = new Map<string, AggregationParser>([
  ['terms', parseTermsAggregation],
  ['range', (body, place) => parseRangeAggregation('range', body, place)],
  ['date_range', (body, place) => parseRangeAggregation('date_range', body, place)],
  ['histogram', parseHistogram],
  ['date_histogram', parseDateHistogram],
  ['composite', parseComposite],
  ['filter', parseFilterAggregation],
  ['filters', parseFiltersAggregation],
  ['missing', parseMissingAggregation],
  ['global', parseGlobalAggregation],
  ...METRICS.map((type): [string, AggregationParser] => [type, (body, place) => parseMetric(type, body, place)]),
  ['weighted_avg', parseWeightedAvg],
  ['cardinality', parseCardinality],
  ['percentiles', (body, place) => parsePercentiles('percentiles', body, place)],
  ['percentile_ranks', (body, place) => parsePercentiles('percentile_ranks', body, place)],
  ['top_hits', parseTopHits],
]);
/** Have no buckets, so nothing goes below them. */
const LEAVES: ReadonlySet<string> = new Set([
  ...METRICS,
  'weighted_avg',
  'cardinality',
  'percentiles',
  'percentile_ranks',
  'top_hits',
]);
/** Their buckets come from the request, not from documents. */
const FIXED: ReadonlySet<string> = new Set(['filter', 'filters', 'missing', 'global', 'range', 'date_range']);
export const SUPPORTED_AGGREGATIONS: readonly string[] = [...PARSERS.keys()];

/** Results are addressed as `a>b.value`, so names cannot hold these; the length keeps results readable. */
const NAME = /^[^[\]>]{1,256}$/;

const MAX_META_DEPTH = 20;

/** What the levels of one request share. */
interface Level {
  readonly depth: number;
  readonly fixedAbove: boolean;
  readonly total: { count: number };
  readonly budget: ParseBudget;
}

/**
 * `aggs` in Elasticsearch's shapes. Throws `invalid`: `bad_aggregation`, `unknown_aggregation`, `aggs_too_deep`,
 * `too_many_aggs`, `unknown_key`, `unsupported_option`, and what parseQuery throws about filters.
 */
export function parseAggregations(value: unknown, path: string): Aggregations {
  if (value === undefined) return {};
  return parseLevel(value, path, { depth: 1, fixedAbove: true, total: { count: 0 }, budget: new ParseBudget() });
}

function parseLevel(value: unknown, path: string, level: Level): Aggregations {
  const { depth, total } = level;
  if (depth > MAX_AGGREGATION_DEPTH)
    throw requestError('aggs_too_deep', path, `aggregations are nested deeper than ${MAX_AGGREGATION_DEPTH} levels`);
  if (!isObject(value)) throw unexpected('bad_aggregation', path, 'an object of named aggregations', value);
  const names = Object.keys(value);
  total.count += names.length;
  if (total.count > MAX_AGGREGATIONS)
    throw requestError('too_many_aggs', path, `more than ${MAX_AGGREGATIONS} aggregations in one search`);
  // fromEntries defines own properties, so that an aggregation may be called __proto__.
  return Object.fromEntries(
    names.map((name) => {
      const at = pathOf(path, name);
      if (!NAME.test(name))
        throw requestError('bad_aggregation', at, 'a name has 1 to 256 characters, and none of [ ] >');
      return [name, parseAggregation(value[name], at, level)];
    }),
  );
}

function parseAggregation(value: unknown, path: string, level: Level): Aggregation {
  if (!isObject(value))
    throw unexpected('bad_aggregation', path, 'an aggregation, as in {"terms": {"field": "tag"}}', value);
  const { aggs: short, aggregations: long, meta, ...rest } = value;
  if (meta !== undefined && !isMeta(meta))
    throw unexpected('bad_aggregation', pathOf(path, 'meta'), `an object at most ${MAX_META_DEPTH} levels deep`, meta);
  if (short !== undefined && long !== undefined)
    throw requestError('bad_aggregation', path, 'aggs and aggregations are the same; give one');
  const name = Object.keys(rest)[0];
  if (name === undefined)
    throw requestError('bad_aggregation', path, `no type; supported: ${SUPPORTED_AGGREGATIONS.join(', ')}`);
  if (Object.keys(rest).length > 1)
    throw requestError(
      'bad_aggregation',
      path,
      `an aggregation has one type, got ${Object.keys(rest).slice(0, 5).map(showKey).join(', ')}; further ones get their own names`,
    );
  const type = PARSERS.has(name) ? name : snakeCase(name);
  const parser = PARSERS.get(type);
  if (!parser) throw unknownAggregation(type, path);
  const below = short ?? long;
  if (below !== undefined && LEAVES.has(type))
    throw requestError('bad_aggregation', path, `${type} has no buckets, so it takes no aggregations of its own`);
  const next = { ...level, depth: level.depth + 1, fixedAbove: level.fixedAbove && FIXED.has(type) };
  const aggs =
    below === undefined ? {} : parseLevel(below, pathOf(path, short === undefined ? 'aggregations' : 'aggs'), next);
  return { ...parser(rest[name], { ...level, path: pathOf(path, name), aggs }), aggs, ...(meta && { meta }) };
}

/** It goes on its way as JSON, which has a stack of its own to overflow. */
function isMeta(meta: unknown): meta is Record<string, unknown> {
  let level: unknown[] = [meta];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_META_DEPTH) return false;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return isObject(meta);
}

function unknownAggregation(name: string, path: string): Error {
  const supported = `supported: ${SUPPORTED_AGGREGATIONS.join(', ')}`;
  const shown = showKey(name);
  const message = UNSUPPORTED_AGGREGATIONS.includes(name)
    ? `the ${shown} aggregation of Elasticsearch is not supported`
    : `unknown aggregation "${shown}"${didYouMean(name, [...SUPPORTED_AGGREGATIONS, ...UNSUPPORTED_AGGREGATIONS])}`;
  return requestError('unknown_aggregation', path, `${message}; ${supported}`);
}
