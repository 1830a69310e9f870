import { LRUCache } from 'lru-cache';
import { corrupt, QuarryError } from '#libs/kernel';
import type { ObjectStore, RequestOptions } from '#libs/object-store';
import { decodeDeletedDocs, openSegment, type DeletedDocs, type SegmentReader } from '#libs/segment';
import { HeldRange } from './held-source.ts';
import type { SegmentEntry } from './manifest.ts';
import type { OpenedSegment } from './opened-segment.ts';
import { openingRange, type OpenedMeta } from './opening-range.ts';
import { SegmentRequest, type RangeStore } from './segment-request.ts';

/** Bytes that opening read whose readers are kept (parsed, footers take a few times as much), and of decoded bitmaps kept: of each. */
const DEFAULT_KEPT_BYTES = 32 * 2 ** 20;

type Openable = OpenedMeta & Pick<SegmentEntry, 'key'>;

/** A segment that has been opened, before any request: its reader knows what was parsed, and reads nothing by itself. */
interface KeptSegment {
  readonly reader: SegmentReader;
  readonly held: HeldRange;
}

/** States: opening → kept. One that fails is forgotten. */
interface Opening {
  readonly done: Promise<KeptSegment>;
  kept?: KeptSegment;
}

/**
 * Opens the segments that manifests name. Segments and bitmaps never change, so readers are kept by the segment's key,
 * with what they have parsed, and bitmaps by theirs. A kept reader serves many requests at once: each reads through a
 * source of its own, which counts and limits what it reads.
 */
export class SegmentOpener {
  private readonly readers: LRUCache<string, Opening>;
  private readonly deletes: LRUCache<string, DeletedDocs>;

  /** @param store a caching one */
  constructor(
    private readonly store: RangeStore & Pick<ObjectStore, 'get'>,
    keptBytes = DEFAULT_KEPT_BYTES,
  ) {
    this.readers = new LRUCache({ maxSize: keptBytes });
    this.deletes = new LRUCache({ maxSize: keptBytes });
  }

  async open(entry: SegmentEntry, request: RequestOptions = {}): Promise<OpenedSegment> {
    const opened = this.openKept(entry, request);
    if (opened) return opened;
    const [reader, deleted] = await Promise.all([this.reader(entry, request), this.deleted(entry, request)]);
    return { id: entry.id, reader, deleted };
  }

  /** The segment without its deletes. */
  async reader(entry: Openable, request: RequestOptions = {}): Promise<SegmentReader> {
    const own = new SegmentRequest(request, this.store, entry.key);
    const kept = await this.kept(entry, request, own);
    return kept.reader.through(kept.held.over(own));
  }

  /** Without a wait: undefined when the segment or its bitmap is not here. */
  openKept(entry: SegmentEntry, request: RequestOptions = {}): OpenedSegment | undefined {
    if (request.signal?.aborted) return undefined;
    const kept = this.readers.get(entry.key)?.kept;
    if (!kept) return undefined;
    const deleted = entry.deletes && this.deletes.get(entry.deletes.key);
    if (entry.deletes && !deleted) return undefined;
    const own = new SegmentRequest(request, this.store, entry.key);
    own.noteHeld(entry.deletes ? 2 : 1);
    return { id: entry.id, reader: kept.reader.through(kept.held.over(own)), deleted };
  }

  /** Whoever is first pays for opening it; nobody's signal ends what others wait for too. */
  private async kept(entry: Openable, request: RequestOptions, own: SegmentRequest): Promise<KeptSegment> {
    const { key } = entry;
    if (request.signal?.aborted) throw new QuarryError('cancelled', `opening segment ${key} was cancelled`);
    const known = this.readers.get(key);
    if (known) {
      own.noteHeld(1);
      return known.done;
    }
    const opening: Opening = { done: this.openNew(entry, own) };
    this.readers.set(key, opening, { size: openingRange(entry).length });
    opening.done.then(
      (kept) => (opening.kept = kept),
      () => this.readers.delete(key),
    );
    return opening.done;
  }

  /** @param own its budget pays for the opening */
  private async openNew(entry: Openable, own: SegmentRequest): Promise<KeptSegment> {
    const range = openingRange(entry);
    const [bytes] = await own.readUncancelled([range]);
    const held = new HeldRange(range, bytes!);
    const uncounted = { read: (ranges: Parameters<SegmentRequest['read']>[0]) => own.readUncancelled(ranges) };
    return { reader: await openSegment(held.over(uncounted), entry), held };
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
