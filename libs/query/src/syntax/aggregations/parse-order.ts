import type { Aggregations, BucketOrder } from '../../aggregation-request.ts';
import { isObject, listOf } from '../option-reader.ts';
import { pathOf, requestError, showKey, unexpected } from '../request-error.ts';
import { didYouMean } from '../suggest.ts';
import { code } from './aggregation-place.ts';
import { partsOf, resolveMetricPath } from './metric-path.ts';

/** More keys than there can be differing ones in a sensible order. */
const MAX_ORDER_KEYS = 8;

/**
 * {"_count": "desc"}, {"_key": "asc"}, {"<path to a number below>": …}, or an array of these. What it sorts by must exist
 * and be one number a bucket. `x.value` is `x`.
 */
export function parseOrder(value: unknown, path: string, aggs: Aggregations): readonly BucketOrder[] {
  const items = listOf(value);
  if (items.length === 0 || items.length > MAX_ORDER_KEYS)
    throw unexpected(code, path, `1 to ${MAX_ORDER_KEYS} orders, as in {"_count": "desc"}`, value);
  return items.map((item, i) => parseOrderItem(item, Array.isArray(value) ? `${path}[${i}]` : path, aggs));
}

function parseOrderItem(item: unknown, path: string, aggs: Aggregations): BucketOrder {
  const keys = isObject(item) ? Object.keys(item) : [];
  const by = keys[0];
  const given = isObject(item) && by !== undefined ? item[by] : undefined;
  const direction = typeof given === 'string' ? given.toLowerCase() : undefined;
  if (keys.length !== 1 || by === undefined || (direction !== 'asc' && direction !== 'desc'))
    throw unexpected(code, path, 'one {"by": "asc"} or {"by": "desc"}; several go into an array', item);
  return { by: resolve(by, pathOf(path, by), aggs), direction };
}

function resolve(by: string, path: string, aggs: Aggregations): string {
  if (by === '_count' || by === '_key') return by;
  if (by === '_term' || by === '_time') throw requestError(code, path, `order by ${by}; it is _key now`);
  const found = resolveMetricPath(by, aggs);
  if (found) return found.part === 'value' && by.endsWith('.value') ? by.slice(0, -'.value'.length) : by;
  const fail = (message: string): Error => requestError(code, path, message);
  const name = Object.hasOwn(aggs, by) ? by : by.replace(/[.[>].*$/s, '');
  const target = Object.hasOwn(aggs, name) ? aggs[name] : undefined;
  if (!target) {
    const choices = ['_count', '_key', ...Object.keys(aggs)];
    throw fail(
      `order by "${showKey(by)}", which is not _count, _key or a sub-aggregation here${didYouMean(name, choices)}`,
    );
  }
  const parts = partsOf(target);
  if (parts.length > 0) {
    const first = parts.includes('avg') ? 'avg' : parts[0]!;
    const shown = parts.length > 1 ? `, as in "${showKey(name)}.${first}" (${parts.slice(0, 20).join(', ')})` : '';
    throw fail(`order by "${showKey(by)}": ${target.type} needs one of its values${shown}`);
  }
  throw fail(
    `order by "${showKey(by)}", which is not one number a bucket; order by a metric such as max, stats, cardinality or percentiles`,
  );
}
