import type { Aggregation, StatsAggregation } from '../../search-request.ts';
import { MAX_AGGREGATION_DEPTH, MAX_AGGREGATIONS } from '../limits.ts';
import { isObject, OptionReader, snakeCase } from '../option-reader.ts';
import { pathOf, requestError, showKey, unexpected } from '../request-error.ts';
import { didYouMean } from '../suggest.ts';
import { UNSUPPORTED_AGGREGATIONS } from './aggregation-names.ts';
import {
  parseDateHistogram,
  parseHistogram,
  parseRangeAggregation,
  parseTermsAggregation,
} from './bucket-aggregations.ts';

type Aggregations = Readonly<Record<string, Aggregation>>;
type WithoutAggs<T> = T extends unknown ? Omit<T, 'aggs'> : never;
type AggregationParser = (body: unknown, path: string, aggs: Aggregations) => WithoutAggs<Aggregation>;

const METRICS: readonly StatsAggregation['type'][] = ['stats', 'min', 'max', 'sum', 'avg', 'value_count'];
const PARSERS: ReadonlyMap<string, AggregationParser> = new Map<string, AggregationParser>([
  ['terms', parseTermsAggregation],
  ['range', (body, path) => parseRangeAggregation('range', body, path)],
  ['date_range', (body, path) => parseRangeAggregation('date_range', body, path)],
  ['histogram', parseHistogram],
  ['date_histogram', parseDateHistogram],
  ...METRICS.map((type): [string, AggregationParser] => [type, (body, path) => parseMetric(type, body, path)]),
]);
export const SUPPORTED_AGGREGATIONS: readonly string[] = [...PARSERS.keys()];

/** Results are addressed as `a>b.value`, so names cannot hold these; the length keeps results readable. */
const NAME = /^[^[\]>]{1,256}$/;

/**
 * `aggs` in Elasticsearch's shapes. Throws `invalid`: `bad_aggregation`, `unknown_aggregation`, `aggs_too_deep`,
 * `too_many_aggs`, `unknown_key`, `unsupported_option`.
 */
export function parseAggregations(value: unknown, path: string): Aggregations {
  return value === undefined ? {} : parseLevel(value, path, 1, { count: 0 });
}

function parseLevel(value: unknown, path: string, depth: number, total: { count: number }): Aggregations {
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
      return [name, parseAggregation(value[name], at, depth, total)];
    }),
  );
}

function parseAggregation(value: unknown, path: string, depth: number, total: { count: number }): Aggregation {
  if (!isObject(value))
    throw unexpected('bad_aggregation', path, 'an aggregation, as in {"terms": {"field": "tag"}}', value);
  const { aggs: short, aggregations: long, ...rest } = value;
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
  if (below !== undefined && METRICS.some((metric) => metric === type))
    throw requestError('bad_aggregation', path, `${type} has no buckets, so it takes no aggregations of its own`);
  const aggs =
    below === undefined
      ? {}
      : parseLevel(below, pathOf(path, short === undefined ? 'aggregations' : 'aggs'), depth + 1, total);
  return { ...parser(rest[name], pathOf(path, name), aggs), aggs };
}

function unknownAggregation(name: string, path: string): Error {
  const supported = `supported: ${SUPPORTED_AGGREGATIONS.join(', ')}`;
  const shown = showKey(name);
  const message = UNSUPPORTED_AGGREGATIONS.includes(name)
    ? `the ${shown} aggregation of Elasticsearch is not supported`
    : `unknown aggregation "${shown}"${didYouMean(name, [...SUPPORTED_AGGREGATIONS, ...UNSUPPORTED_AGGREGATIONS])}`;
  return requestError('unknown_aggregation', path, `${message}; ${supported}`);
}

function parseMetric(type: StatsAggregation['type'], body: unknown, path: string): StatsAggregation {
  const options = new OptionReader(body, path, {
    code: 'bad_aggregation',
    what: type,
    allowed: ['field'],
    unsupported: ['format', 'missing', 'script'],
  });
  return { type, field: options.fieldName() };
}
