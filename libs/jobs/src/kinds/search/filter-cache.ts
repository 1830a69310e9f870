import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SegmentResultCache } from '#libs/query';

/** Of an entry: its key's characters, list links, a typed array. */
const ENTRY_BYTES = 300;
/** Filters that are remembered as used once. */
const MAX_SEEN = 16_384;
/** Longer names, as those of thousands of terms, are kept as their hash: what was seen once must stay small. */
const MAX_KEY_LENGTH = 256;

/** The filters that were used last, and more than once, as bitmaps; no more than `maxBytes` of them. */
export class FilterCache implements SegmentResultCache {
  private readonly filters: LRUCache<string, Uint32Array>;
  private readonly seen = new LRUCache<string, true>({ max: MAX_SEEN });

  constructor(
    maxBytes: number,
    readonly minDocCount = 10_000,
  ) {
    this.filters = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.max(1, Math.floor(maxBytes / 4)),
      sizeCalculation: (docs, id) => docs.byteLength + 2 * id.length + ENTRY_BYTES,
    });
  }

  filter(segment: string, key: string): Uint32Array | undefined {
    return this.filters.get(idOf(segment, key));
  }

  offerFilter(segment: string, key: string, docs: Uint32Array): void {
    const id = idOf(segment, key);
    if (this.seen.has(id)) this.filters.set(id, docs.slice());
    else this.seen.set(id, true);
  }
}

const idOf = (segment: string, key: string): string =>
  `${segment} ${key.length <= MAX_KEY_LENGTH ? key : createHash('sha256').update(key).digest('base64')}`;
