import type { SegmentData } from '../execute/segment-data.ts';
import {
  countBuckets,
  mergeBuckets,
  MAX_BUCKETS,
  tooManyBuckets,
  type AggPartial,
  type AggPartials,
  type BucketPartial,
} from './agg-partial.ts';
import type { AggPlan } from './agg-plan.ts';
import { compareKeys } from './agg-partial.ts';
import { docValues, type DocValues } from './doc-values.ts';
import { ExactSum } from './exact-sum.ts';
import { GrowingDocs } from './growing-docs.ts';

/** The text of a keyword's ordinal: known one round after the aggregation ran. */
export type TermLookup = (field: string, ordinal: number) => string;

/** What aggregations found in one segment; keywords are still ordinals. */
export interface CollectedAggs {
  /** By keyword field: the ordinals whose terms `finish` will ask for. */
  readonly ordinals: ReadonlyMap<string, ReadonlySet<number>>;
  finish(lookup: TermLookup): AggPartials;
}

/**
 * Aggregates the matching documents of a segment. Each level is a pass over parallel arrays, documents and the bucket of
 * the level above each is in, so nothing is made per document; a document in two buckets stands there twice.
 * Throws `invalid` (`too_many_buckets`).
 */
export function collectAggregations(plans: readonly AggPlan[], docs: Int32Array, data: SegmentData): CollectedAggs {
  const ordinals = new Map<string, Set<number>>();
  const collected = collectAll(plans, { docs, owners: new Int32Array(docs.length), ownerCount: 1 }, data, ordinals);
  return {
    ordinals,
    finish: (lookup) => {
      const partials = collected(0, lookup);
      for (const [name, partial] of Object.entries(partials)) {
        if (countBuckets(partial) > MAX_BUCKETS) throw tooManyBuckets(name);
      }
      return partials;
    },
  };
}

interface OwnedDocs {
  readonly docs: Int32Array;
  /** By entry of `docs`: 0 … ownerCount − 1. */
  readonly owners: Int32Array;
  readonly ownerCount: number;
}
/** The partial of one owner. */
type Collected<T> = (owner: number, lookup: TermLookup) => T;
type Ordinals = Map<string, Set<number>>;

function collectAll(
  plans: readonly AggPlan[],
  owned: OwnedDocs,
  data: SegmentData,
  ordinals: Ordinals,
): Collected<AggPartials> {
  const parts = plans.map((plan) => [plan.name, collectOne(plan, owned, data, ordinals)] as const);
  return (owner, lookup) => Object.fromEntries(parts.map(([name, part]) => [name, part(owner, lookup)]));
}

function collectOne(plan: AggPlan, owned: OwnedDocs, data: SegmentData, ordinals: Ordinals): Collected<AggPartial> {
  const values = docValues(data, plan.agg.field);
  switch (plan.agg.type) {
    case 'terms':
    case 'histogram':
    case 'date_histogram':
      return collectBuckets(plan, values, owned, data, ordinals);
    case 'range':
    case 'date_range':
      return collectRanges(plan, values, owned, data, ordinals);
    default:
      return collectStats(values, owned);
  }
}

function collectStats(values: DocValues | undefined, { docs, owners, ownerCount }: OwnedDocs): Collected<AggPartial> {
  const counts = new Float64Array(ownerCount);
  const mins = new Float64Array(ownerCount).fill(Infinity);
  const maxs = new Float64Array(ownerCount).fill(-Infinity);
  const sums = Array.from({ length: ownerCount }, () => new ExactSum());
  const length = values === undefined ? 0 : docs.length;
  for (let i = 0; i < length; i++) {
    const owner = owners[i]!;
    const end = values!.end(docs[i]!);
    for (let at = values!.begin(docs[i]!); at < end; at++) {
      const value = values!.value(at);
      counts[owner]!++;
      if (value < mins[owner]!) mins[owner] = value;
      if (value > maxs[owner]!) maxs[owner] = value;
      sums[owner]!.add(value);
    }
  }
  return (owner) => ({
    kind: 'stats',
    count: counts[owner]!,
    min: counts[owner] === 0 ? null : mins[owner]!,
    max: counts[owner] === 0 ? null : maxs[owner]!,
    sum: sums[owner]!.toParts(),
  });
}

/** The bucket key of a value; keys rise with values. */
function keyOf({ name, agg, rounding }: AggPlan): ((value: number) => number) | undefined {
  if (agg.type === 'histogram') {
    const { interval, offset } = agg;
    return (value) => {
      // + 0: never a key of -0.
      const key = Math.floor((value - offset) / interval) * interval + offset + 0;
      // The interval is so small that its number cannot be counted.
      if (!Number.isFinite(key)) throw tooManyBuckets(name);
      return key;
    };
  }
  return agg.type === 'date_histogram' ? (value) => rounding!.round(value) : undefined;
}

/** Stands for documents without a value; no key is NaN. */
const MISSING = Number.NaN;

function collectBuckets(
  plan: AggPlan,
  values: DocValues | undefined,
  { docs, owners, ownerCount }: OwnedDocs,
  data: SegmentData,
  ordinals: Ordinals,
): Collected<AggPartial> {
  const { field } = plan.agg;
  const toKey = keyOf(plan);
  const bucketOf = Array.from({ length: ownerCount }, () => new Map<number, number>());
  const counts: number[] = [];
  const below = plan.aggs.length > 0 ? new GrowingDocs() : undefined;
  const count = (doc: number, owner: number, key: number): void => {
    let bucket = bucketOf[owner]!.get(key);
    if (bucket === undefined) {
      bucket = counts.length;
      if (bucket === MAX_BUCKETS) throw tooManyBuckets(plan.name);
      bucketOf[owner]!.set(key, bucket);
      counts.push(0);
    }
    counts[bucket]!++;
    below?.push(doc, bucket);
  };
  for (let i = 0; i < docs.length; i++) {
    const doc = docs[i]!;
    const begin = values === undefined ? 0 : values.begin(doc);
    const end = values === undefined ? 0 : values.end(doc);
    if (begin === end && plan.missing !== undefined) count(doc, owners[i]!, MISSING);
    let previous = MISSING;
    for (let at = begin; at < end; at++) {
      const value = values!.value(at);
      const key = toKey === undefined ? value : toKey(value);
      // A document counts once in a bucket; its keys rise.
      if (key !== previous) count(doc, owners[i]!, key);
      previous = key;
    }
  }
  const aggs =
    below &&
    collectAll(plan.aggs, { docs: below.docs, owners: below.owners, ownerCount: counts.length }, data, ordinals);
  const isKeyword = plan.spec?.type === 'keyword';
  if (isKeyword) {
    let asked = ordinals.get(field);
    if (!asked) ordinals.set(field, (asked = new Set()));
    for (const buckets of bucketOf) for (const key of buckets.keys()) if (!Number.isNaN(key)) asked.add(key);
  }
  return (owner, lookup) => {
    const partial = (key: string | number, bucket: number): BucketPartial => ({
      key,
      count: counts[bucket]!,
      aggs: aggs ? aggs(bucket, lookup) : {},
    });
    const entries = [...bucketOf[owner]!].filter(([key]) => !Number.isNaN(key));
    const buckets = entries
      .map(([key, bucket]) => partial(isKeyword ? lookup(field, key) : key, bucket))
      .toSorted((a, b) => compareKeys(a.key, b.key));
    const missing = bucketOf[owner]!.get(MISSING);
    if (missing === undefined) return { kind: 'buckets', buckets };
    // A document may have the very value that stands for none.
    return { kind: 'buckets', buckets: mergeBuckets(buckets, [partial(plan.missing!, missing)]) };
  };
}

function collectRanges(
  plan: AggPlan,
  values: DocValues | undefined,
  { docs, owners, ownerCount }: OwnedDocs,
  data: SegmentData,
  ordinals: Ordinals,
): Collected<AggPartial> {
  const { ranges } = plan;
  const width = ranges.length;
  if (ownerCount * width > MAX_BUCKETS) throw tooManyBuckets(plan.name);
  const froms = Float64Array.from(ranges, ({ from }) => from ?? -Infinity);
  const tos = Float64Array.from(ranges, ({ to }) => to ?? Infinity);
  const counts = new Float64Array(ownerCount * width);
  const below = plan.aggs.length > 0 ? new GrowingDocs() : undefined;
  const length = values === undefined ? 0 : docs.length;
  for (let i = 0; i < length; i++) {
    const doc = docs[i]!;
    const end = values!.end(doc);
    for (let range = 0; range < width; range++) {
      for (let at = values!.begin(doc); at < end; at++) {
        const value = values!.value(at);
        // Half-open; +Infinity as an end stands for none.
        if (value < froms[range]! || (value >= tos[range]! && tos[range]! !== Infinity)) continue;
        const bucket = owners[i]! * width + range;
        counts[bucket]!++;
        below?.push(doc, bucket);
        break;
      }
    }
  }
  const aggs =
    below &&
    collectAll(plan.aggs, { docs: below.docs, owners: below.owners, ownerCount: ownerCount * width }, data, ordinals);
  return (owner, lookup) => ({
    kind: 'ranges',
    ranges: ranges.map(({ from, to }, range) => {
      const bucket = owner * width + range;
      return { from, to, count: counts[bucket]!, aggs: aggs ? aggs(bucket, lookup) : {} };
    }),
  });
}
