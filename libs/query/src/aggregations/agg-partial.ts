import type { PartialHit } from '../search-partial.ts';
import type { CardinalityState } from './sketches/hyper-log-log.ts';
import type { QuantileState } from './sketches/quantile-sketch.ts';

/** What aggregations found so far: JSON, and the same for the same documents however they are split (AGG-1, AGG-2). */
export type AggPartial =
  | BucketsPartial
  | CompositePartial
  | SlotsPartial
  | StatsPartial
  | WeightedAvgPartial
  | CardinalityPartial
  | QuantilesPartial
  | TopHitsPartial;
export type AggPartials = Readonly<Record<string, AggPartial>>;

/** terms, histogram and date_histogram: all buckets, by rising key. */
export interface BucketsPartial {
  readonly kind: 'buckets';
  readonly buckets: readonly BucketPartial[];
}
export interface Slot {
  readonly count: number;
  readonly aggs: AggPartials;
}
export interface BucketPartial extends Slot {
  readonly key: string | number;
}
/** The first `size` buckets behind `after`, in the order of the sources. */
export interface CompositePartial {
  readonly kind: 'composite';
  readonly buckets: readonly CompositeBucketPartial[];
}
export interface CompositeBucketPartial extends Slot {
  /** One part a source; null: the documents without a value. */
  readonly key: readonly (string | number | null)[];
}
/** Buckets that the request names, in its order: ranges, filters, what no filter matches, missing, global. */
export interface SlotsPartial {
  readonly kind: 'slots';
  readonly slots: readonly Slot[];
}
export interface StatsPartial {
  readonly kind: 'stats';
  readonly count: number;
  /** Null when there are no values. */
  readonly min: number | null;
  readonly max: number | null;
  /** See ExactSum. */
  readonly sum: readonly number[] | null;
  /** The sum of the squares; of extended_stats. */
  readonly squares?: readonly number[] | null;
}
export interface WeightedAvgPartial {
  readonly kind: 'weighted_avg';
  /** Σ value · weight, and Σ weight. */
  readonly sum: readonly number[] | null;
  readonly weights: readonly number[] | null;
}
export interface CardinalityPartial {
  readonly kind: 'cardinality';
  readonly state: CardinalityState;
}
export interface QuantilesPartial {
  readonly kind: 'quantiles';
  readonly state: QuantileState;
}
export interface TopHitsPartial {
  readonly kind: 'top_hits';
  readonly total: number;
  /** The first from + size. */
  readonly hits: readonly PartialHit[];
}
