import type { QueryNode, Scalar } from './query-node.ts';
import type { SearchRequest } from './search-request.ts';

export type Aggregations = Readonly<Record<string, Aggregation>>;

/** Aggregations as validated and completed with their defaults. Names are Elasticsearch's. */
export type Aggregation = (
  | TermsAggregation
  | RangeAggregation
  | HistogramAggregation
  | DateHistogramAggregation
  | CompositeAggregation
  | FilterAggregation
  | FiltersAggregation
  | MissingAggregation
  | GlobalAggregation
  | MetricAggregation
  | WeightedAvgAggregation
  | CardinalityAggregation
  | PercentilesAggregation
  | TopHitsAggregation
) & {
  readonly aggs: Aggregations;
  /** Answered as it was given. */
  readonly meta?: Readonly<Record<string, unknown>>;
};

/** A column that is read, and how its values are shown. */
export interface ValueOptions {
  readonly field: string;
  /** Stands for documents without a value. */
  readonly missing?: Scalar;
  /** Of dates: Java patterns and names (docs/QUERY.md); of numbers: a DecimalFormat pattern. */
  readonly format?: string;
}

/** By `_count`, `_key` or a path to a number below: `price`, `stats.avg`, `p[99]`, `filter>price`. */
export interface BucketOrder {
  readonly by: string;
  readonly direction: 'asc' | 'desc';
}

/** Every value is in exactly one of the parts 0 … count − 1, the same in every search. */
export interface TermsPartition {
  readonly part: number;
  readonly count: number;
}

export interface TermsAggregation extends ValueOptions {
  readonly type: 'terms';
  readonly size: number;
  /** 0: values that no matching document has are listed too. */
  readonly minDocCount: number;
  readonly order: readonly BucketOrder[];
  /** Values, a regexp over keywords, or one of so many parts of all values. */
  readonly include?: readonly Scalar[] | string | TermsPartition;
  readonly exclude?: readonly Scalar[] | string;
  readonly showTermDocCountError?: boolean;
}

export interface RangeAggregation extends ValueOptions {
  readonly type: 'range' | 'date_range';
  readonly ranges: readonly { readonly key?: string; readonly from?: number | string; readonly to?: number | string }[];
  readonly keyed: boolean;
  /** Of date_range: what dates without an offset, and rounding, mean. */
  readonly timeZone?: string;
}

/** Numbers, or for dates whatever a date may be written as. */
export interface HistogramBounds {
  readonly min?: number | string;
  readonly max?: number | string;
}

interface HistogramOptions extends ValueOptions {
  readonly minDocCount: number;
  readonly keyed: boolean;
  /** Default: by rising key. */
  readonly order?: readonly BucketOrder[];
  /** Empty buckets are listed from min to max, too. */
  readonly extendedBounds?: HistogramBounds;
  /** Buckets whose key lies outside are left out. */
  readonly hardBounds?: HistogramBounds;
}

export interface HistogramAggregation extends HistogramOptions {
  readonly type: 'histogram';
  readonly interval: number;
  readonly offset: number;
}

export type CalendarInterval = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

export interface DateIntervals {
  /** Exactly one of the two. */
  readonly calendarInterval?: CalendarInterval;
  readonly fixedIntervalMs?: number;
  /** IANA name or ±hh:mm; default UTC. */
  readonly timeZone: string;
  /** Moves where buckets begin. */
  readonly offsetMs?: number;
}

export interface DateHistogramAggregation extends HistogramOptions, DateIntervals {
  readonly type: 'date_histogram';
}

export interface CompositeAggregation {
  readonly type: 'composite';
  readonly sources: readonly CompositeSource[];
  readonly size: number;
  /** One value a source, as in `after_key`; null where a document had none. */
  readonly after?: readonly (Scalar | null)[];
}

export type CompositeSource = {
  readonly name: string;
  readonly field: string;
  readonly order: 'asc' | 'desc';
  readonly missingBucket: boolean;
  /** Where the bucket of documents without a value goes. */
  readonly missingOrder: 'first' | 'last';
  readonly format?: string;
} & (
  | { readonly type: 'terms' }
  | { readonly type: 'histogram'; readonly interval: number }
  | ({ readonly type: 'date_histogram' } & DateIntervals)
);

export interface FilterAggregation {
  readonly type: 'filter';
  readonly filter: QueryNode;
}

export interface FiltersAggregation {
  readonly type: 'filters';
  readonly filters: readonly { readonly key?: string; readonly query: QueryNode }[];
  /** Named filters make named buckets; without names they are an array. */
  readonly named: boolean;
  readonly keyed: boolean;
  /** The bucket of what no filter matches. */
  readonly otherKey?: string;
}

export interface MissingAggregation {
  readonly type: 'missing';
  readonly field: string;
}

/** All documents of the index, whatever the query. */
export interface GlobalAggregation {
  readonly type: 'global';
}

export type MetricType = 'stats' | 'min' | 'max' | 'sum' | 'avg' | 'value_count' | 'extended_stats';

export interface MetricAggregation extends ValueOptions {
  readonly type: MetricType;
  /** Of extended_stats: standard deviations in its bounds. */
  readonly sigma?: number;
}

export interface WeightedAvgAggregation {
  readonly type: 'weighted_avg';
  readonly value: { readonly field: string; readonly missing?: number };
  readonly weight: { readonly field: string; readonly missing?: number };
  readonly format?: string;
}

export interface CardinalityAggregation {
  readonly type: 'cardinality';
  readonly field: string;
  readonly missing?: Scalar;
  /** Up to so many different values the answer is exact. */
  readonly precisionThreshold: number;
}

export interface PercentilesAggregation extends ValueOptions {
  readonly type: 'percentiles' | 'percentile_ranks';
  /** Percents, or the values whose ranks are asked. */
  readonly points: readonly number[];
  readonly keyed: boolean;
  /** Relative error of a value once a bucket has more values than are kept as they are. */
  readonly accuracy: number;
}

export interface TopHitsAggregation {
  readonly type: 'top_hits';
  readonly from: number;
  readonly size: number;
  /** Empty: by score. */
  readonly sort: SearchRequest['sort'];
  readonly source?: SearchRequest['source'];
}
