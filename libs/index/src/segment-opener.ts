import { LRUCache } from 'lru-cache';
import { corrupt } from '#libs/kernel';
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

/** Documents' bits of decoded bitmaps kept. */
const KEPT_DELETES_BYTES = 32 * 2 ** 20;

/**
 * Opens the segments that manifests name. A reader is bound to the request it was opened for, so that its bytes can be
 * counted and cancelled with it; opening is cheap because the footer comes out of the caching store and what was parsed
 * of it hangs on those very bytes. Bitmaps are immutable and kept decoded.
 */
export class SegmentOpener {
  private readonly deletes = new LRUCache<string, DeletedDocs>({ maxSize: KEPT_DELETES_BYTES });

  constructor(private readonly store: ObjectStore) {}

  async open(entry: SegmentEntry, request: RequestOptions = {}): Promise<OpenedSegment> {
    const [reader, deleted] = await Promise.all([this.reader(entry, request), this.deleted(entry, request)]);
    return { id: entry.id, reader, deleted };
  }

  reader(entry: Pick<SegmentEntry, 'key' | 'footer' | 'bytes'>, request: RequestOptions = {}): Promise<SegmentReader> {
    const source: SegmentSource = { read: (ranges) => this.store.getRanges(entry.key, ranges, request) };
    return openSegment(source, entry);
  }

  /** Undefined when no document of the segment is deleted in the manifest that the entry is of. */
  async deleted(entry: SegmentEntry, request: RequestOptions = {}): Promise<DeletedDocs | undefined> {
    if (!entry.deletes) return undefined;
    const { key, count } = entry.deletes;
    const kept = this.deletes.get(key);
    if (kept) return kept;
    const decoded = decodeDeletedDocs(await this.store.get(key, request));
    if (decoded.docCount !== entry.docCount || decoded.deletedCount !== count) {
      throw corrupt(
        `deletes ${key} do not belong to segment ${entry.id}: they count ${decoded.deletedCount} of ${decoded.docCount} documents, the manifest ${count} of ${entry.docCount}`,
      );
    }
    this.deletes.set(key, decoded, { size: decoded.words.byteLength + 64 });
    return decoded;
  }
}
