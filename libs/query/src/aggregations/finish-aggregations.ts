import { compareCodePoints } from '#libs/kernel';
import type { HistogramAggregation, RangeAggregation, TermsAggregation } from '../search-request.ts';
import {
  compareKeys,
  MAX_BUCKETS,
  tooManyBuckets,
  type AggPartial,
  type AggPartials,
  type BucketPartial,
  type BucketsPartial,
  type RangesPartial,
  type StatsPartial,
} from './agg-partial.ts';
import type { AggPlan } from './agg-plan.ts';
import { sumOfParts } from './exact-sum.ts';
import { dateText, doubleText, valueText } from './key-text.ts';

type Answer = Readonly<Record<string, unknown>>;

/** Partials → Elasticsearch's response. An aggregation that no shard has answered is empty, not absent. */
export function finishAggregations(plans: readonly AggPlan[], partials: AggPartials): Answer {
  return Object.fromEntries(
    plans.map((plan) => [
      plan.name,
      finishOne(plan, Object.hasOwn(partials, plan.name) ? partials[plan.name] : undefined),
    ]),
  );
}

function finishOne(plan: AggPlan, partial: AggPartial | undefined): Answer {
  const { agg } = plan;
  switch (agg.type) {
    case 'terms':
      return finishTerms(plan, agg, partial as BucketsPartial | undefined);
    case 'histogram':
    case 'date_histogram':
      return finishHistogram(plan, agg, partial as BucketsPartial | undefined);
    case 'range':
    case 'date_range':
      return finishRanges(plan, agg, partial as RangesPartial | undefined);
    default:
      return finishStats(plan, partial as StatsPartial | undefined);
  }
}

const EMPTY_STATS: StatsPartial = { kind: 'stats', count: 0, min: null, max: null, sum: [] };

function finishStats({ agg, spec }: AggPlan, partial: StatsPartial = EMPTY_STATS): Answer {
  const { count, min, max } = partial;
  const sum = sumOfParts(partial.sum);
  const avg = count === 0 || sum === null ? null : sum / count;
  const withText = (name: string, value: number | null): Answer => {
    const text = valueText(spec, value);
    return { [name]: value, ...(text !== undefined && { [`${name}_as_string`]: text }) };
  };
  switch (agg.type) {
    case 'min':
      return withText('value', min);
    case 'max':
      return withText('value', max);
    case 'sum':
      return withText('value', sum);
    case 'avg':
      return withText('value', avg);
    case 'value_count':
      return { value: count };
    default: {
      const values = { min, max, avg, sum };
      const texts = Object.entries(values).flatMap(([name, value]) => {
        const text = count === 0 ? undefined : valueText(spec, value);
        return text === undefined ? [] : [[`${name}_as_string`, text]];
      });
      return { count, ...values, ...Object.fromEntries(texts) };
    }
  }
}

function finishTerms(plan: AggPlan, agg: TermsAggregation, partial: BucketsPartial | undefined): Answer {
  const allowed = (partial?.buckets ?? []).filter(({ count }) => count >= agg.minDocCount);
  const compare = termsOrder(plan, agg);
  const sorted = allowed.toSorted(compare);
  const other = sorted.slice(agg.size).reduce((sum, { count }) => sum + count, 0);
  return {
    doc_count_error_upper_bound: 0,
    sum_other_doc_count: other,
    buckets: sorted.slice(0, agg.size).map((bucket) => {
      const text = typeof bucket.key === 'number' ? valueText(plan.spec, bucket.key) : undefined;
      return { key: bucket.key, ...(text !== undefined && { key_as_string: text }), ...bucketBody(plan, bucket) };
    }),
  };
}

const bucketBody = (plan: AggPlan, { count, aggs }: { count: number; aggs: AggPartials }): Answer => ({
  doc_count: count,
  ...finishAggregations(plan.aggs, aggs),
});

/** Ties end at the key, ascending. */
function termsOrder(plan: AggPlan, agg: TermsAggregation): (a: BucketPartial, b: BucketPartial) => number {
  const orders = agg.order.map(({ by, direction }) => {
    const sign = direction === 'asc' ? 1 : -1;
    if (by === '_count') return (a: BucketPartial, b: BucketPartial) => sign * (a.count - b.count);
    if (by === '_key') return (a: BucketPartial, b: BucketPartial) => sign * compareKeys(a.key, b.key);
    const metric = metricOf(plan, by);
    return (a: BucketPartial, b: BucketPartial) => {
      const [x, y] = [metric(a), metric(b)];
      // Buckets without a value come last either way.
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      return sign * (x - y);
    };
  });
  return (a, b) => {
    for (const order of orders) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return compareKeys(a.key, b.key);
  };
}

/** Reads `name`, `name.value` or `name.avg` of the aggregations below a bucket, once a bucket. */
function metricOf(plan: AggPlan, by: string): (bucket: BucketPartial) => number | null {
  // Names may have dots themselves: the longest that is there wins.
  const below = plan.aggs
    .filter(({ name }) => by === name || by.startsWith(`${name}.`))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
  const metric = (below && by.slice(below.name.length + 1)) || 'value';
  const known = new Map<BucketPartial, number | null>();
  return (bucket) => {
    if (!below) return null;
    let value = known.get(bucket);
    if (value === undefined) {
      const found = finishOne(below, Object.hasOwn(bucket.aggs, below.name) ? bucket.aggs[below.name] : undefined)[
        metric
      ];
      value = typeof found === 'number' ? found : null;
      known.set(bucket, value);
    }
    return value;
  };
}

function finishHistogram(
  plan: AggPlan,
  agg: { readonly minDocCount: number; readonly keyed: boolean },
  partial: BucketsPartial | undefined,
): Answer {
  const filled = agg.minDocCount === 0 ? withEmptyBuckets(plan, partial?.buckets ?? []) : (partial?.buckets ?? []);
  const buckets = filled
    .filter(({ count }) => count >= agg.minDocCount)
    .map((bucket) => {
      const key = bucket.key as number;
      const text = plan.rounding ? dateText(key, plan.rounding.zone) : valueText(plan.spec, key);
      const name = text ?? doubleText(key);
      return [name, { ...(text !== undefined && { key_as_string: text }), key, ...bucketBody(plan, bucket) }] as const;
    });
  return { buckets: agg.keyed ? Object.fromEntries(buckets) : buckets.map(([, bucket]) => bucket) };
}

/** Buckets between the first and the last that no document fell into. */
function withEmptyBuckets(plan: AggPlan, buckets: readonly BucketPartial[]): BucketPartial[] {
  const filled: BucketPartial[] = [];
  for (const [at, bucket] of buckets.entries()) {
    filled.push(bucket);
    const end = buckets[at + 1]?.key as number | undefined;
    if (end === undefined) break;
    for (let key = nextKey(plan, bucket.key as number); key < end; key = nextKey(plan, key)) {
      if (filled.length >= MAX_BUCKETS) throw tooManyBuckets(plan.name);
      filled.push({ key, count: 0, aggs: {} });
    }
  }
  if (filled.length > MAX_BUCKETS) throw tooManyBuckets(plan.name);
  return filled;
}

function nextKey({ agg, rounding }: AggPlan, key: number): number {
  if (rounding) return rounding.next(key);
  const { interval, offset } = agg as HistogramAggregation;
  // By number, as documents' keys are computed: adding up intervals would drift away from them.
  const next = (Math.round((key - offset) / interval) + 1) * interval + offset;
  return next > key ? next : Infinity;
}

function finishRanges(plan: AggPlan, agg: RangeAggregation, partial: RangesPartial | undefined): Answer {
  const isDate = agg.type === 'date_range';
  const bound = (value: number): string => (isDate ? (dateText(value) ?? String(value)) : doubleText(value));
  const buckets = agg.ranges
    .map(({ key }, at) => {
      const { from, to, count, aggs } = partial?.ranges[at] ?? { ...plan.ranges[at]!, count: 0, aggs: {} };
      const name = key ?? `${from === null ? '*' : bound(from)}-${to === null ? '*' : bound(to)}`;
      const body = {
        ...(from !== null && { from, ...(isDate && { from_as_string: bound(from) }) }),
        ...(to !== null && { to, ...(isDate && { to_as_string: bound(to) }) }),
        ...bucketBody(plan, { count, aggs }),
      };
      return { name, from: from ?? -Infinity, to: to ?? Infinity, body };
    })
    .toSorted((a, b) => a.from - b.from || a.to - b.to || compareCodePoints(a.name, b.name));
  if (agg.keyed) return { buckets: Object.fromEntries(buckets.map(({ name, body }) => [name, body])) };
  return { buckets: buckets.map(({ name, body }) => ({ key: name, ...body })) };
}
