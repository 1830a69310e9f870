import type { QuarryError } from '#libs/kernel';
import type { Pending, TermInfo } from '#libs/segment';
import type { AggPartials } from '../aggregations/agg-partial.ts';
import type { CollectedAggs } from '../aggregations/collect/collect-aggregations.ts';
import { SegmentAggs } from '../aggregations/collect/segment-aggs.ts';
import type { AggPlan } from '../aggregations/plan/agg-plan.ts';
import type { SearchableSegment } from '../search.ts';
import type { SuggestPartials } from '../suggest/suggest-partial.ts';
import type { ExecutionWatch } from './execution-watch.ts';
import { SegmentData } from './segment-data.ts';
import type { SegmentResultCache } from './segment-results.ts';
import type { SegmentHits } from './segment-hits.ts';

/** A segment on its way through the rounds of a task. `error` ends the way, in whichever round. */
export class SegmentState {
  readonly data: SegmentData;
  readonly aggregations: SegmentAggs;
  /** Asked in round 1: the first term from each keyword on that searchAfter or a sort key's `missing` names; the id's document. */
  readonly places = new Map<string, Pending<{ terms: TermInfo[] }>>();
  afterDoc: Pending<Int32Array> | undefined;
  /** Candidates for suggestions, once round 1 is done. */
  suggest: (() => SuggestPartials) | undefined;
  /** Known when the query has run. */
  hits: SegmentHits | undefined;
  collected: CollectedAggs | undefined;
  /** Known after the last round, which reads the terms of keyword buckets and the documents of top_hits. */
  aggs: AggPartials = {};
  error: QuarryError | undefined;

  constructor(
    readonly segment: SearchableSegment,
    plans: readonly AggPlan[],
    results?: SegmentResultCache,
    watch?: ExecutionWatch,
  ) {
    this.data = new SegmentData(segment, results, watch);
    this.aggregations = new SegmentAggs(plans, segment, this.data);
  }
}
