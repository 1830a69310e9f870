import { MAX_BUCKETS, tooManyBuckets } from '../agg-limits.ts';
import type { BucketPartial, BucketsPartial } from '../agg-partial.ts';
import { doubleText } from '../formats/value-format.ts';
import type { HistogramPlan } from '../plan/agg-plan.ts';
import { bucketOrder } from './bucket-order.ts';
import { bucketBody, type Answer, type FinishContext } from './finish-context.ts';

export function finishHistogram(
  plan: HistogramPlan,
  partial: BucketsPartial | undefined,
  context: FinishContext,
): Answer {
  const { agg, source } = plan;
  const found = partial?.buckets ?? [];
  const filled = agg.minDocCount === 0 ? withEmptyBuckets(plan, found) : found;
  const counted = filled.filter(({ count }) => count >= agg.minDocCount);
  const ordered = agg.order ? counted.toSorted(bucketOrder(plan, agg.order)) : counted;
  const buckets = ordered.map((bucket) => {
    const key = bucket.key as number;
    const text = source.text(key);
    const body = {
      ...(text !== undefined && { key_as_string: text }),
      key,
      ...bucketBody(plan, bucket, context),
    };
    return [text ?? doubleText(key), body] as const;
  });
  return { buckets: agg.keyed ? Object.fromEntries(buckets) : buckets.map(([, body]) => body) };
}

/** Buckets that no document fell into, between the first and the last and within extended_bounds. */
function withEmptyBuckets(plan: HistogramPlan, buckets: readonly BucketPartial[]): BucketPartial[] {
  const { scale, extended } = plan;
  const filled: BucketPartial[] = [];
  const push = (bucket: BucketPartial): void => {
    if (filled.length >= MAX_BUCKETS) throw tooManyBuckets(plan.name);
    filled.push(bucket);
  };
  const fill = (from: number, end: number): void => {
    for (let key = from; key < end; key = scale.next(key)) if (scale.holds(key)) push({ key, count: 0, aggs: {} });
  };
  const keys = buckets.map(({ key }) => key as number);
  const first = keys[0] ?? extended.max;
  if (extended.min !== undefined && first !== undefined) fill(extended.min, first);
  for (const [at, bucket] of buckets.entries()) {
    push(bucket);
    const next = keys[at + 1];
    if (next !== undefined) fill(scale.next(keys[at]!), next);
  }
  const { max } = extended;
  if (max === undefined) return filled;
  const last = keys.at(-1);
  if (last !== undefined) fill(scale.next(last), max);
  if (last === undefined || last < max) fill(max, scale.next(max));
  return filled;
}
