import type { QueryNode, Scalar } from './query-node.ts';

/** A search as validated and completed with its defaults; JSON-serialisable, so that it can travel in a job's spec. */
export interface SearchRequest {
  readonly query: QueryNode;
  readonly size: number;
  readonly from: number;
  readonly searchAfter?: readonly (Scalar | null)[];
  /** Empty: by score. `_score` and `_id` are sort fields too. Ties always end at `_id` ascending. */
  readonly sort: readonly SortKey[];
  /** `_source` filtering: false, or patterns. Undefined: the whole source. */
  readonly source?: false | { readonly includes: readonly string[]; readonly excludes: readonly string[] };
  readonly fields?: readonly string[];
  readonly aggs: Readonly<Record<string, Aggregation>>;
  readonly highlight?: HighlightRequest;
  /** true: exact; false: whatever was counted on the way; n: exact up to n. */
  readonly trackTotalHits: boolean | number;
  readonly timeoutMs?: number;
  readonly consistency: 'strong' | 'eventual';
  readonly minVersion?: number;
  readonly searchType: 'default' | 'dfs';
}

export interface SortKey {
  readonly field: string;
  readonly order: 'asc' | 'desc';
  /** Where documents without a value go. */
  readonly missing: '_first' | '_last';
}

export interface HighlightRequest {
  readonly fields: Readonly<Record<string, HighlightField>>;
}
export interface HighlightField {
  readonly preTag: string;
  readonly postTag: string;
  /** Characters of a fragment; with numberOfFragments 0 the whole value comes back. */
  readonly fragmentSize: number;
  readonly numberOfFragments: number;
}

export type Aggregation = (
  TermsAggregation | RangeAggregation | HistogramAggregation | DateHistogramAggregation | StatsAggregation
) & { readonly aggs: Readonly<Record<string, Aggregation>> };

export interface TermsAggregation {
  readonly type: 'terms';
  readonly field: string;
  readonly size: number;
  readonly minDocCount: number;
  readonly order: readonly { readonly by: string; readonly direction: 'asc' | 'desc' }[];
  readonly missing?: Scalar;
}
export interface RangeAggregation {
  readonly type: 'range' | 'date_range';
  readonly field: string;
  readonly ranges: readonly { readonly key?: string; readonly from?: number | string; readonly to?: number | string }[];
  readonly keyed: boolean;
}
export interface HistogramAggregation {
  readonly type: 'histogram';
  readonly field: string;
  readonly interval: number;
  readonly offset: number;
  readonly minDocCount: number;
  readonly keyed: boolean;
}
export interface DateHistogramAggregation {
  readonly type: 'date_histogram';
  readonly field: string;
  /** Exactly one of the two. */
  readonly calendarInterval?: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';
  readonly fixedIntervalMs?: number;
  /** IANA name or ±hh:mm; default UTC. */
  readonly timeZone: string;
  readonly minDocCount: number;
  readonly keyed: boolean;
}
export interface StatsAggregation {
  readonly type: 'stats' | 'min' | 'max' | 'sum' | 'avg' | 'value_count';
  readonly field: string;
}
