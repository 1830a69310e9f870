import { z } from 'zod';

/** What a client may ask of a compaction. */
export const compactSpec = z.strictObject({
  /** No merge makes a segment larger than this, nor than the worker's memory for indexing allows. */
  maxSegmentBytes: z.number().int().min(1).optional(),
  /** As few segments as will do, and no deleted documents; else only what the merge policy finds worth it. */
  force: z.boolean().default(false),
});
export type CompactSpec = z.output<typeof compactSpec>;

/** What a compaction has done. */
export interface CompactResult {
  /** The first version of the index that contains it; with nothing done, the one that was looked at. */
  readonly version: number;
  /** Merges that took effect, and those left out because others had changed their segments first. */
  readonly merged: number;
  readonly leftOut: number;
  /** Merges that failed. */
  readonly failed: number;
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Live documents that were written anew, and deleted ones that were left behind. */
  readonly documents: number;
  readonly purged: number;
}
