import type { AccessStats, ByteRange, ObjectStore, RequestOptions } from '#libs/object-store';
import type { SegmentSource } from '#libs/segment';

/**
 * Requests that one query makes of one segment at most, as far as the cost of bytes allows: one for the footer, two or three
 * for the dictionaries of a few words, up to four for their postings and positions, and the rest for ten documents.
 */
export const REQUEST_BUDGET = 12;

/** The reads of one segment on behalf of one request: counted for its receipt, and held to a budget. */
export class SegmentRequest implements SegmentSource {
  private left = REQUEST_BUDGET;

  constructor(
    private readonly options: RequestOptions,
    private readonly store: Pick<ObjectStore, 'getRanges'>,
    private readonly key: string,
  ) {}

  /** So many units were at hand. */
  noteHeld(units: number): void {
    const { stats } = this.options;
    if (stats) stats.cacheHits += units;
  }

  read(ranges: readonly ByteRange[]): Promise<Uint8Array[]> {
    return this.counted(ranges, this.options.signal);
  }

  /** For what others wait for too: this request's end does not end it. */
  readUncancelled(ranges: readonly ByteRange[]): Promise<Uint8Array[]> {
    return this.counted(ranges, undefined);
  }

  private async counted(ranges: readonly ByteRange[], signal: AbortSignal | undefined): Promise<Uint8Array[]> {
    const spent: AccessStats = { gets: 0, bytes: 0, cacheHits: 0 };
    try {
      return await this.store.getRanges(this.key, ranges, {
        stats: spent,
        maxRequests: Math.max(1, this.left),
        ...(signal && { signal }),
      });
    } finally {
      // What was asked twice is not the query's doing.
      this.left -= spent.gets - (spent.hedges ?? 0);
      const { stats } = this.options;
      if (stats) {
        stats.gets += spent.gets;
        stats.bytes += spent.bytes;
        stats.cacheHits += spent.cacheHits;
        if (spent.hedges !== undefined) stats.hedges = (stats.hedges ?? 0) + spent.hedges;
      }
    }
  }
}
