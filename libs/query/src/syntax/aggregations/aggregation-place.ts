import type { Aggregations } from '../../aggregation-request.ts';
import type { ParseBudget } from '../parse-budget.ts';

/** Where an aggregation stands in the request. */
export interface AggregationPlace {
  readonly path: string;
  /** The aggregations below it, parsed. */
  readonly aggs: Aggregations;
  /** 1: not below another. */
  readonly depth: number;
  /** Whether every aggregation above it has its buckets from the request, not from documents. */
  readonly fixedAbove: boolean;
  /** What all filters of the request together may still spend. */
  readonly budget: ParseBudget;
}

export const code = 'bad_aggregation';
