import type { BucketOrder } from '../../aggregation-request.ts';
import { resolveMetricPath } from '../../syntax/aggregations/metric-path.ts';
import type { AggPartials, BucketPartial } from '../agg-partial.ts';
import { compareKeys } from '../compare-keys.ts';
import type { AggPlan } from '../plan/agg-plan.ts';
import { partialOf } from './finish-context.ts';
import { metricNumbers } from './metric-numbers.ts';

type Compare = (a: BucketPartial, b: BucketPartial) => number;

/** Ties end at the key, ascending. */
export function bucketOrder(plan: AggPlan, orders: readonly BucketOrder[]): Compare {
  const compares = orders.map(({ by, direction }): Compare => {
    const sign = direction === 'asc' ? 1 : -1;
    if (by === '_count') return (a, b) => sign * (a.count - b.count);
    if (by === '_key') return (a, b) => sign * compareKeys(a.key, b.key);
    const number = numberOf(plan, by);
    return (a, b) => {
      const [x, y] = [number(a), number(b)];
      // Buckets without a value come last either way.
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      return sign * (x - y);
    };
  });
  return (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return compareKeys(a.key, b.key);
  };
}

/** A number below a bucket, read once a bucket. */
function numberOf(plan: AggPlan, by: string): (bucket: BucketPartial) => number | null {
  const path = resolveMetricPath(by, plan.agg.aggs);
  const known = new Map<BucketPartial, number | null>();
  return (bucket) => {
    if (!path) return null;
    let value = known.get(bucket);
    if (value === undefined) {
      value = read(plan.aggs, bucket.aggs, path.names, path.part);
      known.set(bucket, value);
    }
    return value;
  };
}

function read(plans: readonly AggPlan[], partials: AggPartials, names: readonly string[], part: string): number | null {
  const [name, ...rest] = names;
  const plan = plans.find((one) => one.name === name)!;
  const partial = partialOf(partials, plan.name);
  if (rest.length === 0) return metricNumbers(plan, partial)[part] ?? null;
  return read(plan.aggs, partial?.kind === 'slots' ? partial.slots[0]!.aggs : {}, rest, part);
}
