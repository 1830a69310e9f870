import type { RangeAggregation } from '../../aggregation-request.ts';
import { MAX_RANGES } from '../limits.ts';
import { OptionReader } from '../option-reader.ts';
import { unexpected } from '../request-error.ts';
import { code, type AggregationPlace } from './aggregation-place.ts';
import { readTimeZone } from './read-interval.ts';
import { readValueOptions } from './value-options.ts';

export function parseRangeAggregation(
  type: 'range' | 'date_range',
  body: unknown,
  { path }: AggregationPlace,
): RangeAggregation {
  const options = new OptionReader(body, path, {
    code,
    what: type,
    allowed: ['field', 'ranges', 'keyed', 'missing', 'format', ...(type === 'date_range' ? ['time_zone'] : [])],
    unsupported: ['script'],
  });
  const values = readValueOptions(options);
  const ranges = options.required('ranges');
  if (!Array.isArray(ranges) || ranges.length === 0 || ranges.length > MAX_RANGES)
    throw options.fail('ranges', `an array of 1 to ${MAX_RANGES} ranges, as in [{"to": 10}, {"from": 10}]`);
  return {
    type,
    ...values,
    ranges: ranges.map((range: unknown, i) => parseBucketRange(type, range, `${options.at('ranges')}[${i}]`)),
    keyed: options.boolean('keyed') ?? false,
    ...(options.has('time_zone') && { timeZone: readTimeZone(options) }),
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
