import type { Aggregation, Aggregations } from '../aggregation-request.ts';
import { compareHits } from '../merge/compare-hits.ts';
import type {
  AggPartial,
  AggPartials,
  BucketPartial,
  CompositeBucketPartial,
  Slot,
  StatsPartial,
  TopHitsPartial,
} from './agg-partial.ts';
import { checkSize } from './agg-size.ts';
import { compareComposite, compareKeys } from './compare-keys.ts';
import { ExactSum } from './exact-sum.ts';
import { HyperLogLog } from './sketches/hyper-log-log.ts';
import { QuantileSketch } from './sketches/quantile-sketch.ts';

/**
 * Associative and commutative; `{}` is the identity. Throws `invalid`: `too_many_buckets`, `aggregation_too_large`,
 * `too_many_top_hits`.
 */
export function mergeAggPartials(a: AggPartials, b: AggPartials, aggs: Aggregations): AggPartials {
  const merged = mergeAll(a, b, aggs);
  for (const [name, partial] of Object.entries(merged)) checkSize(name, partial);
  return merged;
}

function mergeAll(a: AggPartials, b: AggPartials, aggs: Aggregations): AggPartials {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  // Object.fromEntries makes own properties even of names such as __proto__.
  return Object.fromEntries(
    [...names].map((name) => {
      const [x, y] = [a, b].map((partials) => (Object.hasOwn(partials, name) ? partials[name] : undefined));
      return [name, x && y ? mergeTwo(x, y, aggs[name]!) : (x ?? y)!];
    }),
  );
}

/** @param agg what both are partials of */
function mergeTwo(a: AggPartial, b: AggPartial, agg: Aggregation): AggPartial {
  switch (a.kind) {
    case 'stats':
      return mergeStats(a, b as typeof a);
    case 'weighted_avg':
      return {
        kind: a.kind,
        sum: addParts(a.sum, (b as typeof a).sum),
        weights: addParts(a.weights, (b as typeof a).weights),
      };
    case 'cardinality': {
      const { precisionThreshold } = agg as Extract<Aggregation, { type: 'cardinality' }>;
      const sketch = new HyperLogLog(precisionThreshold).addState(a.state).addState((b as typeof a).state);
      return { kind: a.kind, state: sketch.toState() };
    }
    case 'quantiles': {
      const { accuracy } = agg as Extract<Aggregation, { type: 'percentiles' | 'percentile_ranks' }>;
      const sketch = new QuantileSketch(accuracy).addState(a.state).addState((b as typeof a).state);
      return { kind: a.kind, state: sketch.toState() };
    }
    case 'top_hits':
      return mergeTopHits(a, b as typeof a, agg as Extract<Aggregation, { type: 'top_hits' }>);
    case 'slots': {
      const other = (b as typeof a).slots;
      return { kind: a.kind, slots: a.slots.map((slot, at) => mergeSlots(slot, other[at]!, agg)) };
    }
    case 'composite': {
      const { sources, size } = agg as Extract<Aggregation, { type: 'composite' }>;
      const merged = mergeSorted<CompositeBucketPartial>(
        a.buckets,
        (b as typeof a).buckets,
        (x, y) => compareComposite(sources, x.key, y.key),
        (x, y) => ({ key: x.key, ...mergeSlots(x, y, agg) }),
      );
      // COMP-1: what is among the first of all is among the first of every part that has it, so nothing is lost.
      return { kind: a.kind, buckets: merged.slice(0, size) };
    }
    default:
      return { kind: a.kind, buckets: mergeBuckets(a.buckets, (b as typeof a).buckets, agg) };
  }
}

const mergeSlots = (a: Slot, b: Slot, { aggs }: Aggregation): Slot => ({
  count: a.count + b.count,
  aggs: mergeAll(a.aggs, b.aggs, aggs),
});

/** Two lists by rising key into one. */
export const mergeBuckets = (
  a: readonly BucketPartial[],
  b: readonly BucketPartial[],
  agg: Aggregation,
): BucketPartial[] =>
  mergeSorted(
    a,
    b,
    (x, y) => compareKeys(x.key, y.key),
    (x, y) => ({ key: x.key, ...mergeSlots(x, y, agg) }),
  );

function mergeSorted<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (x: T, y: T) => number,
  both: (x: T, y: T) => T,
): T[] {
  const merged: T[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const order = compare(a[i]!, b[j]!);
    if (order < 0) merged.push(a[i]!);
    else if (order > 0) merged.push(b[j]!);
    else merged.push(both(a[i]!, b[j]!));
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return merged.concat(a.slice(i), b.slice(j));
}

const mergeStats = (a: StatsPartial, b: StatsPartial): StatsPartial => ({
  kind: 'stats',
  count: a.count + b.count,
  min: least(a.min, b.min, Math.min),
  max: least(a.max, b.max, Math.max),
  sum: addParts(a.sum, b.sum),
  ...(a.squares !== undefined && { squares: addParts(a.squares, b.squares ?? null) }),
});

const addParts = (a: readonly number[] | null, b: readonly number[] | null): number[] | null =>
  ExactSum.of(a).addParts(b).toParts();

const least = (a: number | null, b: number | null, of: (x: number, y: number) => number): number | null =>
  a === null ? b : b === null ? a : of(a, b);

function mergeTopHits(
  a: TopHitsPartial,
  b: TopHitsPartial,
  agg: Extract<Aggregation, { type: 'top_hits' }>,
): TopHitsPartial {
  const hits = [...a.hits, ...b.hits].toSorted((x, y) => compareHits(agg, x, y)).slice(0, agg.from + agg.size);
  return { kind: 'top_hits', total: a.total + b.total, hits };
}
