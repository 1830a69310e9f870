import type { FieldSpec } from '#libs/segment';
import type {
  Aggregation,
  CardinalityAggregation,
  CompositeAggregation,
  CompositeSource,
  DateHistogramAggregation,
  HistogramAggregation,
  MetricAggregation,
  PercentilesAggregation,
  RangeAggregation,
  TermsAggregation,
  TopHitsAggregation,
  WeightedAvgAggregation,
} from '../../aggregation-request.ts';
import type { Clause } from '../../compile/compiled-query.ts';
import type { SortPlan } from '../../execute/sort-plan.ts';
import type { ValueFormat } from '../formats/value-format.ts';

/** An aggregation with the schema applied. */
export type AggPlan =
  | TermsPlan
  | HistogramPlan
  | RangesPlan
  | FiltersPlan
  | CompositePlan
  | MetricPlan
  | WeightedAvgPlan
  | CardinalityPlan
  | QuantilesPlan
  | TopHitsPlan;

interface Plan<A> {
  readonly name: string;
  /** Where it stands in the request, for messages. */
  readonly path: string;
  readonly agg: A & Pick<Aggregation, 'aggs' | 'meta'>;
  readonly aggs: readonly AggPlan[];
}

/** A column of a field. */
export interface ValueSource {
  readonly field: string;
  /** Undefined: no such field, so no document has a value (as in Elasticsearch). */
  readonly spec: FieldSpec | undefined;
  /** Stands for documents without a value, as the field would hold it. */
  readonly missing: string | number | undefined;
  readonly text: ValueFormat;
}

export interface TermsPlan extends Plan<TermsAggregation> {
  readonly kind: 'terms';
  readonly source: ValueSource;
  /** As the field holds them. */
  readonly include: ReadonlySet<string | number> | undefined;
  readonly exclude: ReadonlySet<string | number>;
  /** Keywords that the dictionaries tell: to list, or to leave out. */
  readonly patterns: { readonly include?: Clause; readonly exclude?: Clause };
  /** Of a partition: whether a value is in the part asked for. */
  readonly partOf: ((value: string | number) => boolean) | undefined;
}

/** The buckets of a histogram. Keys rise with values. */
export interface KeyScale {
  readonly keyOf: (value: number) => number;
  /** The key after a key. */
  readonly next: (key: number) => number;
  /** Whether the bucket of this key is wanted (hard_bounds). */
  readonly holds: (key: number) => boolean;
  /** Where all buckets are of one width: their numbers. */
  readonly even?: { indexOf(value: number): number; keyAt(index: number): number };
}

export interface HistogramPlan extends Plan<HistogramAggregation | DateHistogramAggregation> {
  readonly kind: 'histogram';
  readonly source: ValueSource;
  readonly scale: KeyScale;
  /** Keys between which empty buckets are listed too. */
  readonly extended: { readonly min: number | undefined; readonly max: number | undefined };
}

export interface RangesPlan extends Plan<RangeAggregation> {
  readonly kind: 'ranges';
  readonly source: ValueSource;
  /** In the order asked, with dates resolved. */
  readonly ranges: readonly { readonly from: number | null; readonly to: number | null }[];
}

/** filter, filters, missing and global: as many buckets as clauses, and one for what none of them matches. */
export interface FiltersPlan extends Plan<Extract<Aggregation, { type: 'filter' | 'filters' | 'missing' | 'global' }>> {
  readonly kind: 'filters';
  readonly clauses: readonly Clause[];
  readonly other: boolean;
}

export interface CompositePlan extends Plan<CompositeAggregation> {
  readonly kind: 'composite';
  readonly sources: readonly CompositeSourcePlan[];
  /** As keys hold them: see CompositeKey. */
  readonly after: CompositeKey | undefined;
}
/** One part a source; null for documents without a value. */
export type CompositeKey = readonly (string | number | null)[];
export interface CompositeSourcePlan {
  readonly source: CompositeSource;
  readonly spec: FieldSpec | undefined;
  readonly text: ValueFormat;
  /** Of histograms. */
  readonly scale: KeyScale | undefined;
}

export interface MetricPlan extends Plan<MetricAggregation> {
  readonly kind: 'metric';
  readonly source: ValueSource;
}
export interface WeightedAvgPlan extends Plan<WeightedAvgAggregation> {
  readonly kind: 'weighted_avg';
  readonly value: ValueSource;
  readonly weight: ValueSource;
}
export interface CardinalityPlan extends Plan<CardinalityAggregation> {
  readonly kind: 'cardinality';
  readonly source: ValueSource;
}
export interface QuantilesPlan extends Plan<PercentilesAggregation> {
  readonly kind: 'quantiles';
  readonly source: ValueSource;
}
export interface TopHitsPlan extends Plan<TopHitsAggregation> {
  readonly kind: 'top_hits';
  readonly sort: SortPlan;
}
