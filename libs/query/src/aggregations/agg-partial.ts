import { compareCodePoints, invalid } from '#libs/kernel';
import { ExactSum } from './exact-sum.ts';

/** What aggregations found so far: JSON, and the same for the same documents however they are split (AGG-1). */
export type AggPartial = BucketsPartial | RangesPartial | StatsPartial;
export type AggPartials = Readonly<Record<string, AggPartial>>;

/** terms, histogram and date_histogram: all buckets, by rising key. */
export interface BucketsPartial {
  readonly kind: 'buckets';
  readonly buckets: readonly BucketPartial[];
}
export interface BucketPartial {
  readonly key: string | number;
  readonly count: number;
  readonly aggs: AggPartials;
}
/** range and date_range: one entry a range, in the order asked. Bounds are resolved (date maths). */
export interface RangesPartial {
  readonly kind: 'ranges';
  readonly ranges: readonly RangePartial[];
}
export interface RangePartial {
  readonly from: number | null;
  readonly to: number | null;
  readonly count: number;
  readonly aggs: AggPartials;
}
export interface StatsPartial {
  readonly kind: 'stats';
  readonly count: number;
  /** Null when there are no values. */
  readonly min: number | null;
  readonly max: number | null;
  /** See ExactSum. */
  readonly sum: readonly number[] | null;
}

/** Buckets that one aggregation may make, with those below it: each is an object on every worker and in the answer. */
export const MAX_BUCKETS = 65_536;

export function tooManyBuckets(name: string): Error {
  return invalid(
    'too_many_buckets',
    `the aggregation "${name}" makes more than ${MAX_BUCKETS} buckets; filter the query, or take a wider interval`,
    { aggregation: name, limit: MAX_BUCKETS },
  );
}

/** Associative and commutative; `{}` is the identity. Throws `invalid` (`too_many_buckets`). */
export function mergeAggPartials(a: AggPartials, b: AggPartials): AggPartials {
  const merged = mergeAll(a, b);
  for (const [name, partial] of Object.entries(merged))
    if (countBuckets(partial) > MAX_BUCKETS) throw tooManyBuckets(name);
  return merged;
}

function mergeAll(a: AggPartials, b: AggPartials): AggPartials {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  // Object.fromEntries makes own properties even of names such as __proto__.
  return Object.fromEntries(
    [...names].map((name) => {
      const [x, y] = [a, b].map((partials) => (Object.hasOwn(partials, name) ? partials[name] : undefined));
      return [name, x && y ? mergeTwo(x, y) : (x ?? y)!];
    }),
  );
}

function mergeTwo(a: AggPartial, b: AggPartial): AggPartial {
  if (a.kind === 'stats' && b.kind === 'stats') {
    return {
      kind: 'stats',
      count: a.count + b.count,
      min: least(a.min, b.min, Math.min),
      max: least(a.max, b.max, Math.max),
      sum: ExactSum.of(a.sum).addParts(b.sum).toParts(),
    };
  }
  if (a.kind === 'ranges' && b.kind === 'ranges') {
    const ranges = a.ranges.map((range, at): RangePartial => {
      const other = b.ranges[at]!;
      return { ...range, count: range.count + other.count, aggs: mergeAll(range.aggs, other.aggs) };
    });
    return { kind: 'ranges', ranges };
  }
  return { kind: 'buckets', buckets: mergeBuckets((a as BucketsPartial).buckets, (b as BucketsPartial).buckets) };
}

const least = (a: number | null, b: number | null, of: (x: number, y: number) => number): number | null =>
  a === null ? b : b === null ? a : of(a, b);

export const compareKeys = (a: string | number, b: string | number): number =>
  typeof a === 'string' && typeof b === 'string' ? compareCodePoints(a, b) : Number(a) - Number(b);

/** Two lists by rising key into one. */
export function mergeBuckets(a: readonly BucketPartial[], b: readonly BucketPartial[]): BucketPartial[] {
  const merged: BucketPartial[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i]!, b[j]!];
    const order = compareKeys(x.key, y.key);
    if (order < 0) merged.push(x);
    else if (order > 0) merged.push(y);
    else merged.push({ key: x.key, count: x.count + y.count, aggs: mergeAll(x.aggs, y.aggs) });
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return merged.concat(a.slice(i), b.slice(j));
}

export function countBuckets(partial: AggPartial): number {
  if (partial.kind === 'stats') return 0;
  let count = 0;
  for (const { aggs } of partial.kind === 'buckets' ? partial.buckets : partial.ranges) {
    count++;
    for (const name in aggs) count += countBuckets(aggs[name]!);
  }
  return count;
}
