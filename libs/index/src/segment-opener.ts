import { AsyncLocalStorage } from 'node:async_hooks';
import { LRUCache } from 'lru-cache';
import { corrupt, QuarryError } from '#libs/kernel';
import type { ObjectStore, RequestOptions } from '#libs/object-store';
import {
  decodeDeletedDocs,
  openSegment,
  type DeletedDocs,
  type SegmentReader,
  type SegmentSource,
} from '#libs/segment';
import { heldSource } from './held-source.ts';
import type { SegmentEntry } from './manifest.ts';
import type { OpenedSegment } from './opened-segment.ts';
import { openingRange, type OpenedMeta } from './opening-range.ts';
import { RequestReader } from './request-reader.ts';
import { SegmentRequest } from './segment-request.ts';

/** Bytes that opening read whose readers are kept (parsed, footers take a few times as much), and of decoded bitmaps kept: of each. */
const DEFAULT_KEPT_BYTES = 32 * 2 ** 20;

/**
 * Opens the segments that manifests name. Segments and bitmaps never change, so readers are kept by the segment's key,
 * with what they have parsed, and bitmaps by theirs. A kept reader serves many requests at once: which of them a read
 * belongs to is in the asynchronous context of the read.
 */
export class SegmentOpener {
  private readonly readers: LRUCache<string, Promise<SegmentReader>>;
  private readonly deletes: LRUCache<string, DeletedDocs>;
  private readonly requests = new AsyncLocalStorage<SegmentRequest>();

  /** @param store a caching one */
  constructor(
    private readonly store: Pick<ObjectStore, 'get' | 'getRanges'>,
    keptBytes = DEFAULT_KEPT_BYTES,
  ) {
    this.readers = new LRUCache({ maxSize: keptBytes });
    this.deletes = new LRUCache({ maxSize: keptBytes });
  }

  async open(entry: SegmentEntry, request: RequestOptions = {}): Promise<OpenedSegment> {
    const own = new SegmentRequest(request);
    const [shared, deleted] = await Promise.all([this.reader(entry, request, own), this.deleted(entry, request)]);
    const reader = new RequestReader(shared, (action) => this.requests.run(own, action));
    return { id: entry.id, reader, deleted };
  }

  /**
   * The shared reader. Whoever is first pays for opening it; nobody's signal ends what others wait for too.
   * @param own what the request reads of the segment; its budget pays for the opening
   */
  async reader(
    entry: OpenedMeta & Pick<SegmentEntry, 'key'>,
    request: RequestOptions = {},
    own = new SegmentRequest(request),
  ): Promise<SegmentReader> {
    const { key } = entry;
    if (request.signal?.aborted) throw new QuarryError('cancelled', `opening segment ${key} was cancelled`);
    const kept = this.readers.get(key);
    if (kept) {
      if (request.stats) request.stats.cacheHits++;
      return kept;
    }
    const opening = this.openReader(entry, own);
    this.readers.set(key, opening, { size: openingRange(entry).length });
    opening.catch(() => this.readers.delete(key));
    return opening;
  }

  private async openReader(entry: OpenedMeta & Pick<SegmentEntry, 'key'>, own: SegmentRequest): Promise<SegmentReader> {
    const { key } = entry;
    const source: SegmentSource = {
      read: (ranges) => {
        const request = this.requests.getStore();
        return request ? request.read(this.store, key, ranges) : this.store.getRanges(key, ranges);
      },
      noteHeld: (units) => this.requests.getStore()?.noteHeld(units),
    };
    const held = openingRange(entry);
    const [bytes] = await own.readUncancelled(this.store, key, [held]);
    return openSegment(heldSource(source, held, bytes!), entry);
  }

  /** Undefined when no document of the segment is deleted in the manifest that the entry is of. */
  async deleted(entry: SegmentEntry, request: RequestOptions = {}): Promise<DeletedDocs | undefined> {
    if (!entry.deletes) return undefined;
    const { key, count } = entry.deletes;
    const kept = this.deletes.get(key);
    if (kept) {
      if (request.stats) request.stats.cacheHits++;
      return kept;
    }
    const decoded = decodeDeletedDocs(await this.store.get(key, request), entry.docCount);
    if (decoded.deletedCount !== count) {
      throw corrupt(`deletes ${key} count ${decoded.deletedCount} documents, the manifest ${count}`, { key });
    }
    this.deletes.set(key, decoded, { size: decoded.words.byteLength + 64 });
    return decoded;
  }
}
