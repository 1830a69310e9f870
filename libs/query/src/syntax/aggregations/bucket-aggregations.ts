import type {
  Aggregation,
  DateHistogramAggregation,
  HistogramAggregation,
  RangeAggregation,
  TermsAggregation,
} from '../../search-request.ts';
import { MAX_RANGES, MAX_TERMS_BUCKETS } from '../limits.ts';
import { isObject, OptionReader } from '../option-reader.ts';
import { requestError, unexpected } from '../request-error.ts';
import { parseTermsOrder } from './parse-terms-order.ts';
import { readInterval, readTimeZone } from './read-interval.ts';

const code = 'bad_aggregation';
const readCount = (options: OptionReader, name: string, least: number): number =>
  options.number(name, { min: least, max: Number.MAX_SAFE_INTEGER, integer: true }) ?? least;

export function parseTermsAggregation(
  body: unknown,
  path: string,
  aggs: Readonly<Record<string, Aggregation>>,
): TermsAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: 'terms',
    allowed: ['field', 'size', 'min_doc_count', 'order', 'missing'],
    unsupported: [
      'collect_mode',
      'exclude',
      'execution_hint',
      'format',
      'include',
      'script',
      'shard_min_doc_count',
      'shard_size',
      'show_term_doc_count_error',
      'value_type',
    ],
  });
  return {
    type: 'terms',
    field: options.fieldName(),
    size: options.number('size', { min: 1, max: MAX_TERMS_BUCKETS, integer: true }) ?? 10,
    minDocCount: readCount(options, 'min_doc_count', 1),
    order: parseTermsOrder(options.raw('order'), options.at('order'), aggs),
    ...(options.has('missing') && { missing: options.scalar('missing') }),
  };
}

export function parseRangeAggregation(type: 'range' | 'date_range', body: unknown, path: string): RangeAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: type,
    allowed: ['field', 'ranges', 'keyed'],
    unsupported: ['format', 'missing', 'script', 'time_zone'],
  });
  const field = options.fieldName();
  const ranges = options.required('ranges');
  if (!Array.isArray(ranges) || ranges.length === 0 || ranges.length > MAX_RANGES)
    throw options.fail('ranges', `an array of 1 to ${MAX_RANGES} ranges, as in [{"to": 10}, {"from": 10}]`);
  return {
    type,
    field,
    ranges: ranges.map((range: unknown, i) => parseBucketRange(type, range, `${options.at('ranges')}[${i}]`)),
    keyed: options.boolean('keyed') ?? false,
  };
}

function parseBucketRange(
  type: 'range' | 'date_range',
  range: unknown,
  path: string,
): RangeAggregation['ranges'][number] {
  const options = new OptionReader(range, path, { code, what: 'a range', allowed: ['key', 'from', 'to'] });
  const read = (name: string): number | string | undefined => {
    const value = options.raw(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (type === 'date_range' && typeof value === 'string' && value !== '') return value;
    throw options.fail(name, type === 'range' ? 'a number' : 'a date or milliseconds');
  };
  const key = options.string('key');
  const from = read('from');
  const to = read('to');
  if (typeof from === 'number' && typeof to === 'number' && from > to)
    throw unexpected(code, path, 'from to be at most to', range);
  return { ...(key !== undefined && { key }), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

export function parseHistogram(body: unknown, path: string): HistogramAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: 'histogram',
    allowed: ['field', 'interval', 'offset', 'min_doc_count', 'keyed'],
    unsupported: ['extended_bounds', 'format', 'hard_bounds', 'missing', 'order', 'script'],
  });
  const field = options.fieldName();
  options.required('interval');
  return {
    type: 'histogram',
    field,
    interval: options.number('interval', { above: 0 })!,
    offset: options.number('offset') ?? 0,
    minDocCount: readCount(options, 'min_doc_count', 0),
    keyed: options.boolean('keyed') ?? false,
  };
}

export function parseDateHistogram(body: unknown, path: string): DateHistogramAggregation {
  if (isObject(body) && 'interval' in body)
    throw requestError(
      code,
      path,
      'date_histogram takes calendar_interval ("month") or fixed_interval ("90m"), not interval',
    );
  const options = new OptionReader(body, path, {
    code,
    what: 'date_histogram',
    allowed: ['field', 'calendar_interval', 'fixed_interval', 'time_zone', 'min_doc_count', 'keyed'],
    unsupported: ['extended_bounds', 'format', 'hard_bounds', 'missing', 'offset', 'order', 'script'],
  });
  return {
    type: 'date_histogram',
    field: options.fieldName(),
    ...readInterval(options),
    timeZone: readTimeZone(options),
    minDocCount: readCount(options, 'min_doc_count', 0),
    keyed: options.boolean('keyed') ?? false,
  };
}
