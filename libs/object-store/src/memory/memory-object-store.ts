import { type Clock, compareCodePoints, systemClock } from '#libs/kernel';
import { cancellableChunks } from '../cancellable-chunks.ts';
import { coalesceRanges, REMOTE_COALESCING } from '../coalesce-ranges.ts';
import { checkKey, checkPrefix } from '../object-key.ts';
import type {
  AccessStats,
  ByteRange,
  GetOptions,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  RequestOptions,
} from '../object-store.ts';
import { checkRange, objectNotFound, streamBounds, throwIfCancelled } from '../store-errors.ts';

interface Stored {
  readonly body: Uint8Array;
  readonly modifiedAt: number;
}

const STREAM_CHUNK_BYTES = 256 * 1024;

/**
 * Objects in this process, for tests and simulations. Bodies are copied on the way in and out, so that a caller
 * who writes to one is found out. `gets` are counted as S3 would make them, so that a test on memory asserts S3's cost.
 */
export class MemoryObjectStore implements ObjectStore {
  private readonly clock: Clock;
  private readonly objects = new Map<string, Stored>();
  /** The keys in listing order; undefined after a key came or went. */
  private sortedKeys: readonly string[] | undefined;

  constructor(options: { clock?: Clock } = {}) {
    this.clock = options.clock ?? systemClock;
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    const { body } = this.find(key, options);
    const { range } = options;
    if (range) checkRange(key, range, body.length);
    options.onFirstByte?.();
    const bytes = range ? body.slice(range.offset, range.offset + range.length) : body.slice();
    if (options.stats) options.stats.bytes += bytes.length;
    return bytes;
  }

  async getRanges(key: string, ranges: readonly ByteRange[], options: RequestOptions = {}): Promise<Uint8Array[]> {
    checkKey(key);
    if (ranges.length === 0) return [];
    for (const range of ranges) checkRange(key, range);
    const requests = coalesceRanges(ranges, REMOTE_COALESCING, options.maxRequests);
    const { body } = this.find(key, options, requests.length);
    for (const range of ranges) checkRange(key, range, body.length);
    if (options.stats) for (const request of requests) options.stats.bytes += request.length;
    return ranges.map(({ offset, length }) => body.slice(offset, offset + length));
  }

  async *getStream(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    const { body } = this.find(key, options);
    const { offset, end } = streamBounds(key, options.range, body.length);
    for (let at = offset; at < end; at += STREAM_CHUNK_BYTES) {
      throwIfCancelled(options.signal, `reading "${key}"`);
      const chunk = body.slice(at, Math.min(end, at + STREAM_CHUNK_BYTES));
      if (options.stats) options.stats.bytes += chunk.length;
      yield chunk;
    }
  }

  async put(key: string, body: Uint8Array, options: RequestOptions = {}): Promise<void> {
    checkKey(key);
    throwIfCancelled(options.signal, `writing "${key}"`);
    this.set(key, new Uint8Array(body));
  }

  async putIfAbsent(key: string, body: Uint8Array, options: RequestOptions = {}): Promise<boolean> {
    checkKey(key);
    throwIfCancelled(options.signal, `writing "${key}"`);
    if (this.objects.has(key)) return false;
    this.set(key, new Uint8Array(body));
    return true;
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: RequestOptions = {},
  ): Promise<{ bytes: number }> {
    checkKey(key);
    const parts: Uint8Array[] = [];
    for await (const chunk of cancellableChunks(chunks, options.signal, `writing "${key}"`))
      parts.push(new Uint8Array(chunk));
    const body = new Uint8Array(Buffer.concat(parts));
    this.set(key, body);
    return { bytes: body.length };
  }

  async head(key: string, options: RequestOptions = {}): Promise<ObjectInfo | undefined> {
    checkKey(key);
    throwIfCancelled(options.signal, `looking at "${key}"`);
    countGets(options.stats, 1);
    const stored = this.objects.get(key);
    return stored && { key, size: stored.body.length, modifiedAt: stored.modifiedAt };
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    const { startAfter, limit = Infinity } = options;
    this.sortedKeys ??= [...this.objects.keys()].toSorted(compareCodePoints);
    const keys = this.sortedKeys;
    let left = limit;
    for (let i = firstIndexNotBefore(keys, prefix); i < keys.length && left > 0; i++) {
      throwIfCancelled(options.signal, `listing "${prefix}"`);
      const key = keys[i]!;
      if (!key.startsWith(prefix)) return;
      if (startAfter !== undefined && compareCodePoints(key, startAfter) <= 0) continue;
      const stored = this.objects.get(key);
      // Deleted since the listing began.
      if (!stored) continue;
      left--;
      yield { key, size: stored.body.length, modifiedAt: stored.modifiedAt };
    }
  }

  async deleteMany(keys: readonly string[], options: RequestOptions = {}): Promise<void> {
    for (const key of keys) checkKey(key);
    throwIfCancelled(options.signal, 'deleting');
    for (const key of keys) if (this.objects.delete(key)) this.sortedKeys = undefined;
  }

  async close(): Promise<void> {}

  private find(key: string, options: RequestOptions, gets = 1): Stored {
    checkKey(key);
    throwIfCancelled(options.signal, `reading "${key}"`);
    countGets(options.stats, gets);
    const stored = this.objects.get(key);
    if (!stored) throw objectNotFound(key);
    return stored;
  }

  private set(key: string, body: Uint8Array): void {
    if (!this.objects.has(key)) this.sortedKeys = undefined;
    this.objects.set(key, { body, modifiedAt: this.clock.now() });
  }
}

function firstIndexNotBefore(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareCodePoints(sorted[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countGets(stats: AccessStats | undefined, gets: number): void {
  if (stats) stats.gets += gets;
}
