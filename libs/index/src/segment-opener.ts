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
import type { SegmentEntry } from './manifest.ts';
import type { OpenedSegment } from './opened-segment.ts';
import { RequestReader } from './request-reader.ts';

/** Bytes of footers whose readers are kept; parsed they take a few times as much. */
const KEPT_FOOTER_BYTES = 32 * 2 ** 20;
/** Bytes of decoded bitmaps kept. */
const KEPT_DELETES_BYTES = 32 * 2 ** 20;

/**
 * Opens the segments that manifests name. Segments and bitmaps never change, so readers are kept by the segment's key,
 * with what they have parsed, and bitmaps by theirs. A kept reader serves many requests at once: which of them a read
 * belongs to is in the asynchronous context of the read.
 */
export class SegmentOpener {
  private readonly readers = new LRUCache<string, Promise<SegmentReader>>({ maxSize: KEPT_FOOTER_BYTES });
  private readonly deletes = new LRUCache<string, DeletedDocs>({ maxSize: KEPT_DELETES_BYTES });
  private readonly requests = new AsyncLocalStorage<RequestOptions>();

  /** @param store a caching one */
  constructor(private readonly store: ObjectStore) {}

  async open(entry: SegmentEntry, request: RequestOptions = {}): Promise<OpenedSegment> {
    const [shared, deleted] = await Promise.all([this.reader(entry, request), this.deleted(entry, request)]);
    const reader = new RequestReader(shared, (action) => this.requests.run(request, action));
    return { id: entry.id, reader, deleted };
  }

  /** The shared reader. Whoever is first pays for the footer; nobody's signal ends what others wait for too. */
  async reader(
    entry: Pick<SegmentEntry, 'key' | 'footer' | 'bytes'>,
    request: RequestOptions = {},
  ): Promise<SegmentReader> {
    const { key, footer } = entry;
    if (request.signal?.aborted) throw new QuarryError('cancelled', `opening segment ${key} was cancelled`);
    const kept = this.readers.get(key);
    if (kept) {
      if (request.stats) request.stats.cacheHits++;
      return kept;
    }
    const source: SegmentSource = { read: (ranges) => this.store.getRanges(key, ranges, this.requests.getStore()) };
    const opening = this.requests.run(request.stats ? { stats: request.stats } : {}, () => openSegment(source, entry));
    this.readers.set(key, opening, { size: footer.length });
    opening.catch(() => this.readers.delete(key));
    return opening;
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
