import type { Aggregation, TermsAggregation } from '../../search-request.ts';
import { isObject, listOf } from '../option-reader.ts';
import { pathOf, requestError, showKey, unexpected } from '../request-error.ts';
import { didYouMean } from '../suggest.ts';

type Order = TermsAggregation['order'];

/** More keys than there can be differing ones in a sensible order. */
const MAX_ORDER_KEYS = 8;
const STATS_VALUES = ['count', 'min', 'max', 'avg', 'sum'];

/**
 * {"_count": "desc"} (the default), {"_key": "asc"}, {"<sub-aggregation>": …}, {"<stats>.avg": …}, or an array of
 * these. What it sorts by must exist and be one number a bucket. `x.value` is `x`.
 */
export function parseTermsOrder(value: unknown, path: string, aggs: Readonly<Record<string, Aggregation>>): Order {
  if (value === undefined) return [{ by: '_count', direction: 'desc' }];
  const items = listOf(value);
  if (items.length === 0 || items.length > MAX_ORDER_KEYS)
    throw unexpected('bad_aggregation', path, `1 to ${MAX_ORDER_KEYS} orders, as in {"_count": "desc"}`, value);
  return items.map((item, i) => parseOrderItem(item, Array.isArray(value) ? `${path}[${i}]` : path, aggs));
}

function parseOrderItem(item: unknown, path: string, aggs: Readonly<Record<string, Aggregation>>): Order[number] {
  const keys = isObject(item) ? Object.keys(item) : [];
  const by = keys[0];
  const given = isObject(item) && by !== undefined ? item[by] : undefined;
  const direction = typeof given === 'string' ? given.toLowerCase() : undefined;
  if (keys.length !== 1 || by === undefined || (direction !== 'asc' && direction !== 'desc'))
    throw unexpected('bad_aggregation', path, 'one {"by": "asc"} or {"by": "desc"}; several go into an array', item);
  return { by: resolve(by, pathOf(path, by), aggs), direction };
}

function resolve(by: string, path: string, aggs: Readonly<Record<string, Aggregation>>): string {
  if (by === '_count' || by === '_key') return by;
  if (by === '_term' || by === '_time') throw requestError('bad_aggregation', path, `order by ${by}; it is _key now`);
  const dot = Object.hasOwn(aggs, by) ? -1 : by.lastIndexOf('.');
  const name = dot < 0 ? by : by.slice(0, dot);
  const part = dot < 0 ? undefined : by.slice(dot + 1);
  const target = Object.hasOwn(aggs, name) ? aggs[name] : undefined;
  const choices = ['_count', '_key', ...Object.keys(aggs)];
  if (!target)
    throw requestError(
      'bad_aggregation',
      path,
      `order by "${showKey(by)}", which is not _count, _key or a sub-aggregation here${didYouMean(name, choices)}`,
    );
  if (target.type === 'stats') {
    if (part !== undefined && STATS_VALUES.includes(part)) return by;
    throw requestError(
      'bad_aggregation',
      path,
      `order by stats needs one of its values, as in "${showKey(name)}.avg" (${STATS_VALUES.join(', ')})`,
    );
  }
  const isMetric = ['min', 'max', 'sum', 'avg', 'value_count'].includes(target.type);
  if (isMetric && (part === undefined || part === 'value')) return name;
  throw requestError(
    'bad_aggregation',
    path,
    `order by "${showKey(by)}", which is not one number a bucket; order by a min, max, sum, avg, value_count or stats value`,
  );
}
