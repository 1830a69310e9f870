import type { SegmentData } from '../../execute/segment-data.ts';
import type { PlaceOf } from '../../execute/segment-hits.ts';
import type { AggPartials } from '../agg-partial.ts';
import type { AggPlan } from '../plan/agg-plan.ts';
import type { LastReads } from './last-reads.ts';

/** Documents with the bucket of the level above that each is in; a document in two buckets stands there twice. */
export interface OwnedDocs {
  readonly docs: Int32Array;
  /** By entry of `docs`: 0 … ownerCount − 1. */
  readonly owners: Int32Array;
  readonly ownerCount: number;
}

/** The partial of one owner; to be called when the last reads are there. */
export type Collected<T> = (owner: number) => T;

export interface CollectContext {
  readonly data: SegmentData;
  readonly reads: LastReads;
  /** By document; only where some aggregation asks for scores. */
  readonly scores: Float64Array | undefined;
  /** The documents that are not deleted, whatever the query. */
  readonly live: () => Int32Array;
  /** Of keywords that a composite's `after` or a sort key's `missing` names. */
  readonly placeOf: PlaceOf;
  /** Collects the aggregations below. */
  collect(plans: readonly AggPlan[], owned: OwnedDocs): Collected<AggPartials>;
}
