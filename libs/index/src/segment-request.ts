import type { AccessStats, ByteRange, CachingObjectStore, ObjectStore, RequestOptions } from '#libs/object-store';
import type { AheadRange, SegmentSource } from '#libs/segment';

/** Ranges of objects; one that caches can also tell what it holds, and be given what was cut out of something larger. */
export type RangeStore = Pick<ObjectStore, 'getRanges'> & Partial<Pick<CachingObjectStore, 'holds' | 'adopt'>>;

/**
 * Requests that one query makes of one segment at most, as far as the cost of bytes allows: one for the footer, two to four
 * for the dictionaries and postings of a few words, up to two more for positions, and the rest for ten documents. With the
 * one for the manifest they are twelve.
 */
export const REQUEST_BUDGET = 11;

/**
 * Reading along is for queries of a few words: with more ranges than this in a round, no request would be left for the
 * documents, and the bytes between them cost more than the round.
 */
const MAX_RANGES_WITH_AHEAD = 6;

interface ReadAlong {
  readonly range: ByteRange;
  readonly bytes: Uint8Array;
}
/** Most requests read nothing at all. */
const NONE_ALONG: readonly ReadAlong[] = [];

/** The reads of one segment on behalf of one request: counted for its receipt, and held to a budget. */
export class SegmentRequest implements SegmentSource {
  private left = REQUEST_BUDGET;
  /** What was read along, until the request is over. */
  private along: readonly ReadAlong[] = NONE_ALONG;

  constructor(
    private readonly options: RequestOptions,
    private readonly store: RangeStore,
    private readonly key: string,
  ) {}

  /** So many units were at hand. */
  noteHeld(units: number): void {
    const { stats } = this.options;
    if (stats) stats.cacheHits += units;
  }

  /** @param ahead what the next round will probably ask for; read along where it saves that round its wait */
  async read(ranges: readonly ByteRange[], ahead: readonly AheadRange[] = []): Promise<Uint8Array[]> {
    const { signal } = this.options;
    const near = this.along.length === 0 ? [] : ranges.map((range) => this.cut(range));
    const far = ranges.filter((_, at) => near[at] === undefined);
    const also = ahead.length === 0 ? [] : this.worthReading(far, ahead);
    if (far.length === ranges.length && also.length === 0) return this.counted(ranges, signal);
    const read = far.length === 0 ? [] : await this.counted([...far, ...also], signal);
    if (also.length > 0)
      this.along = [...this.along, ...also.map((range, at) => ({ range, bytes: read[far.length + at]! }))];
    let next = 0;
    return ranges.map((_, at) => near[at] ?? read[next++]!);
  }

  /** For what others wait for too: this request's end does not end it. */
  readUncancelled(ranges: readonly ByteRange[]): Promise<Uint8Array[]> {
    return this.counted(ranges, undefined);
  }

  /** Out of what was read along. The cache is given it too: the next query asks for it, not for what it was cut from. */
  private cut({ offset, length }: ByteRange): Uint8Array | undefined {
    const from = this.along.find(
      ({ range }) => offset >= range.offset && offset + length <= range.offset + range.length,
    );
    if (!from) return undefined;
    const start = offset - from.range.offset;
    const bytes = new Uint8Array(from.bytes.subarray(start, start + length));
    this.store.adopt?.(this.key, { offset, length }, bytes);
    this.noteHeld(1);
    return bytes;
  }

  private worthReading(ranges: readonly ByteRange[], ahead: readonly AheadRange[]): ByteRange[] {
    const { store, key } = this;
    const fetched = new Set(ranges.filter((range) => !store.holds?.(key, range)).map(({ offset }) => offset));
    const wanted = ahead
      .filter(({ after }) => fetched.has(after))
      .map(({ offset, length }): ByteRange => ({ offset, length }));
    return ranges.length + wanted.length <= MAX_RANGES_WITH_AHEAD ? wanted : [];
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
