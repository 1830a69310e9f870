import type { DeletedDocs, SegmentReader } from '#libs/segment';

/** An opened segment with the deletes of the snapshot it was opened for; what libs/query searches. */
export interface OpenedSegment {
  readonly id: string;
  readonly reader: SegmentReader;
  readonly deleted: DeletedDocs | undefined;
}
