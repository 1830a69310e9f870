import type { FieldType } from '#libs/segment';
import type { Aggregations } from './aggregation-request.ts';
import type { QueryNode, Scalar } from './query-node.ts';
import type { Suggester } from './suggest/suggest-request.ts';

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
  readonly fields?: readonly RequestedField[];
  readonly aggs: Aggregations;
  readonly suggest?: Readonly<Record<string, Suggester>>;
  readonly highlight?: HighlightRequest;
  /** true: exact; false: whatever was counted on the way; n: exact up to n. */
  readonly trackTotalHits: boolean | number;
  readonly timeoutMs?: number;
  readonly consistency: 'strong' | 'eventual';
  readonly minVersion?: number;
  readonly searchType: 'default' | 'dfs';
  /** Leaves hits out, but not of aggregations. */
  readonly postFilter?: QueryNode;
  /** Documents that score less do not match. */
  readonly minScore?: number;
  /** Hits have scores though they are sorted by fields. */
  readonly trackScores?: boolean;
  /** Hits say how their scores came about, and have them though they are sorted by fields. */
  readonly explain?: boolean;
}

/** A name or pattern; with how the dates among them are shown. */
export type RequestedField = string | { readonly field: string; readonly format: string };

export interface SortKey {
  readonly field: string;
  readonly order: 'asc' | 'desc';
  /** Where documents without a value go. */
  readonly missing: '_first' | '_last';
  /** What they count as instead. */
  readonly missingValue?: Scalar;
  /** Which of several values counts, or what is made of them; default: min when ascending, max when descending. */
  readonly mode?: SortMode;
  /** When there is no such field, it is taken for one of this type that no document has. */
  readonly unmappedType?: FieldType;
  /** How dates are shown, and read in searchAfter. */
  readonly format?: string;
}
export type SortMode = 'min' | 'max' | 'sum' | 'avg' | 'median';

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

export type * from './suggest/suggest-request.ts';
