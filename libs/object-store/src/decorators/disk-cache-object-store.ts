import pLimit from 'p-limit';
import { type Clock, systemClock } from '#libs/kernel';
import { DiskCacheFolder, type DiskCacheFolderOptions } from '../disk-cache/disk-cache-folder.ts';
import { checkKey } from '../object-key.ts';
import type { ByteRange, GetOptions, ObjectStore, RequestOptions } from '../object-store.ts';
import { checkRange, throwIfCancelled } from '../store-errors.ts';
import { InterceptingObjectStore, type StoreCall } from './intercepting-object-store.ts';

export interface DiskCacheOptions {
  /** Of this cache alone; made if need be. Any number of processes of one machine may share it. */
  readonly folder: string;
  /** What its files come to at most, give or take what the processes write between two looks (a twentieth each). */
  readonly maxBytes: number;
  /** Which objects never change while they exist; only those are kept. */
  readonly isImmutable: (key: string) => boolean;
  /** Told once, when the disk refuses: full, read-only, gone. The cache goes on with what it can read. */
  readonly onTrouble?: (error: unknown) => void;
  readonly clock?: Clock;
  /** Of `node:fs/promises`; a test gives one whose disk is full. */
  readonly open?: DiskCacheFolderOptions['open'];
}

export interface DiskCacheCounts {
  readonly hits: number;
  readonly misses: number;
  /** Files that were cut short or altered; they are deleted, and what they held is fetched anew. */
  readonly damaged: number;
  /** Bytes of files at the last look, with what this process has written since. */
  readonly bytes: number;
}

const READS_AT_ONCE = 16;
const WRITES_AT_ONCE = 4;
/** Bodies that wait to be written come to no more than this: what is beyond is not kept. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;
/** One body takes at most this share of the cache. */
const MAX_SHARE = 1 / 8;

/** A body on its way from the store below to the disk. */
interface Write {
  readonly key: string;
  /** The object was written since: it must not be kept. */
  stale: boolean;
}

/**
 * Keeps ranges of immutable objects on disk, below the memory cache: what the memory had to let go, and what another
 * process of this machine or an earlier life of this one has fetched. Bodies are written behind the answer's back.
 */
export class DiskCacheObjectStore extends InterceptingObjectStore {
  private readonly folder: DiskCacheFolder;
  private readonly reading = pLimit(READS_AT_ONCE);
  private readonly writingBehind = pLimit(WRITES_AT_ONCE);
  private readonly writes = new Set<Write>();
  private readonly pending = new Set<Promise<void>>();
  private waitingBytes = 0;
  private hits = 0;
  private misses = 0;

  constructor(
    below: ObjectStore,
    private readonly options: DiskCacheOptions,
  ) {
    super(below);
    this.folder = new DiskCacheFolder({ clock: systemClock, ...options });
  }

  counts(): DiskCacheCounts {
    const { damaged, bytes } = this.folder;
    return { hits: this.hits, misses: this.misses, damaged, bytes };
  }

  override async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    const { range } = options;
    if (!this.options.isImmutable(key)) return this.below.get(key, options);
    checkKey(key);
    if (range) checkRange(key, range);
    throwIfCancelled(options.signal, `reading "${key}"`);
    const kept = await this.read(key, range, options);
    if (kept) return kept;
    return this.fetchAndKeep(key, [range], async () => [await this.below.get(key, options)]).then(([body]) => body!);
  }

  override async getRanges(
    key: string,
    ranges: readonly ByteRange[],
    options: RequestOptions = {},
  ): Promise<Uint8Array[]> {
    if (!this.options.isImmutable(key)) return this.below.getRanges(key, ranges, options);
    checkKey(key);
    for (const range of ranges) checkRange(key, range);
    throwIfCancelled(options.signal, `reading "${key}"`);
    const bodies = await Promise.all(ranges.map((range) => this.reading(() => this.read(key, range, options))));
    const missing = ranges.filter((_, at) => !bodies[at]);
    if (missing.length === 0) return bodies as Uint8Array[];
    const fetched = await this.fetchAndKeep(key, missing, () => this.below.getRanges(key, missing, options));
    let next = 0;
    return bodies.map((body) => body ?? fetched[next++]!);
  }

  /** Waits for what is still being written. */
  async settled(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  override async close(): Promise<void> {
    await this.settled();
    await super.close();
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    if (call.operation === 'head') return proceed(call.options);
    const immutable = call.keys.filter((key) => this.options.isImmutable(key));
    for (const key of immutable) await this.forget(key);
    try {
      return await proceed(call.options);
    } finally {
      for (const key of immutable) await this.forget(key);
    }
  }

  protected override aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncIterable<T> {
    return proceed(call.options);
  }

  private async read(
    key: string,
    range: ByteRange | undefined,
    { stats }: RequestOptions,
  ): Promise<Uint8Array | undefined> {
    const body = await this.folder.read(key, range);
    if (!body) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    if (stats) stats.cacheHits++;
    return body;
  }

  /** Fetches from below and begins to write what comes. */
  private async fetchAndKeep(
    key: string,
    ranges: readonly (ByteRange | undefined)[],
    fetch: () => Promise<Uint8Array[]>,
  ): Promise<Uint8Array[]> {
    const write: Write = { key, stale: false };
    this.writes.add(write);
    try {
      const bodies = await fetch();
      for (const [at, body] of bodies.entries()) this.write(key, ranges[at], body, write);
      return bodies;
    } finally {
      this.writes.delete(write);
    }
  }

  private write(key: string, range: ByteRange | undefined, body: Uint8Array, { stale }: Write): void {
    const fits = body.length <= this.options.maxBytes * MAX_SHARE;
    if (stale || !fits || this.waitingBytes + body.length > MAX_WAITING_BYTES) return;
    this.waitingBytes += body.length;
    const write: Write = { key, stale: false };
    this.writes.add(write);
    const pending = this.writingBehind(() => this.folder.write(key, range, body, () => write.stale)).finally(() => {
      this.waitingBytes -= body.length;
      this.writes.delete(write);
      this.pending.delete(pending);
    });
    this.pending.add(pending);
  }

  private async forget(key: string): Promise<void> {
    for (const write of this.writes) if (write.key === key) write.stale = true;
    await this.folder.forget(key);
  }
}
