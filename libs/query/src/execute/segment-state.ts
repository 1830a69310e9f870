import type { QuarryError } from '#libs/kernel';
import type { Pending, TermInfo } from '#libs/segment';
import type { AggPartials } from '../aggregations/agg-partial.ts';
import type { CollectedAggs } from '../aggregations/collect-aggregations.ts';
import type { SearchableSegment } from '../search.ts';
import { SegmentData } from './segment-data.ts';
import type { SegmentHits } from './segment-hits.ts';

/** A segment on its way through the rounds of a task. `error` ends the way, in whichever round. */
export class SegmentState {
  readonly data: SegmentData;
  /** searchAfter in this segment, asked in round 1: the first term from each keyword value on, and the id's document. */
  readonly afterTerms = new Map<string, Pending<{ terms: TermInfo[] }>>();
  afterDoc: Pending<Int32Array> | undefined;
  /** Known when the query has run. */
  hits: SegmentHits | undefined;
  collected: CollectedAggs | undefined;
  /** Known after the last round, which reads the terms of keyword buckets. */
  aggs: AggPartials = {};
  error: QuarryError | undefined;

  constructor(readonly segment: SearchableSegment) {
    this.data = new SegmentData(segment);
  }
}
