import type {
  Aggregations,
  DateHistogramAggregation,
  HistogramAggregation,
  HistogramBounds,
} from '../../aggregation-request.ts';
import { isObject, OptionReader } from '../option-reader.ts';
import { requestError, unexpected } from '../request-error.ts';
import { code, type AggregationPlace } from './aggregation-place.ts';
import { parseOrder } from './parse-order.ts';
import { readInterval, readOffsetMs, readTimeZone } from './read-interval.ts';
import { readValueOptions } from './value-options.ts';

const SHARED = [
  'field',
  'offset',
  'min_doc_count',
  'keyed',
  'missing',
  'format',
  'order',
  'extended_bounds',
  'hard_bounds',
];

type Shared = Omit<HistogramAggregation, 'type' | 'interval' | 'offset'>;

export function parseHistogram(body: unknown, { path, aggs }: AggregationPlace): HistogramAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: 'histogram',
    allowed: [...SHARED, 'interval'],
    unsupported: ['script'],
  });
  const shared = readShared(options, aggs, ['number']);
  options.required('interval');
  return {
    type: 'histogram',
    ...shared,
    interval: options.number('interval', { above: 0 })!,
    offset: options.number('offset') ?? 0,
  };
}

export function parseDateHistogram(body: unknown, { path, aggs }: AggregationPlace): DateHistogramAggregation {
  if (isObject(body) && 'interval' in body)
    throw requestError(
      code,
      path,
      'date_histogram takes calendar_interval ("month") or fixed_interval ("90m"), not interval',
    );
  const options = new OptionReader(body, path, {
    code,
    what: 'date_histogram',
    allowed: [...SHARED, 'calendar_interval', 'fixed_interval', 'time_zone'],
    unsupported: ['script'],
  });
  const shared = readShared(options, aggs, ['number', 'string']);
  const offsetMs = readOffsetMs(options);
  return {
    type: 'date_histogram',
    ...shared,
    ...readInterval(options),
    timeZone: readTimeZone(options),
    ...(offsetMs !== 0 && { offsetMs }),
  };
}

function readShared(options: OptionReader, aggs: Aggregations, boundTypes: readonly string[]): Shared {
  const extendedBounds = readBounds(options, 'extended_bounds', boundTypes);
  const hardBounds = readBounds(options, 'hard_bounds', boundTypes);
  return {
    ...readValueOptions(options),
    minDocCount: options.number('min_doc_count', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }) ?? 0,
    keyed: options.boolean('keyed') ?? false,
    ...(options.has('order') && { order: parseOrder(options.raw('order'), options.at('order'), aggs) }),
    ...(extendedBounds && { extendedBounds }),
    ...(hardBounds && { hardBounds }),
  };
}

function readBounds(options: OptionReader, name: string, types: readonly string[]): HistogramBounds | undefined {
  if (!options.has(name)) return undefined;
  const bounds = new OptionReader(options.raw(name), options.at(name), { code, what: name, allowed: ['min', 'max'] });
  const read = (end: string): number | string | undefined => {
    const value = bounds.raw(end);
    if (value === undefined || value === null) return undefined;
    if (types.includes(typeof value) && value !== '' && !Number.isNaN(value)) return value as number | string;
    throw bounds.fail(end, types.includes('string') ? 'a date or milliseconds' : 'a number');
  };
  const [min, max] = [read('min'), read('max')];
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    throw unexpected(code, options.at(name), 'min to be at most max', options.raw(name));
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}
