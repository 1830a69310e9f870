import { kindOf } from '#libs/kernel';
import { checkKey } from '../object-key.ts';
import type { ByteRange, GetOptions, ObjectStore, RequestOptions } from '../object-store.ts';
import { checkRange, throwIfCancelled } from '../store-errors.ts';
import { InterceptingObjectStore, type StoreCall } from './intercepting-object-store.ts';
import { SegmentedLru } from './segmented-lru.ts';
import { SharedFetch } from './shared-fetch.ts';

export interface CachingOptions {
  /** What all bodies held, their keys and their bookkeeping come to at most. 0: nothing is kept. */
  readonly maxBytes: number;
  /** Larger bodies are not kept, so that one does not sweep out many. An eighth of `maxBytes` if not given. */
  readonly maxEntryBytes?: number;
  /**
   * Bodies of at least so many bytes lie in shared memory, so that threads read them as they lie here; it costs a copy when
   * they come. Undefined: none does.
   */
  readonly shareFromBytes?: number;
  /** Which objects never change while they exist; only those may be kept. */
  readonly isImmutable: (key: string) => boolean;
}

export interface CacheCounts {
  /** Ranges and whole objects that were answered from memory or by another call's request. */
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly bytes: number;
}

/** A body's id within the cache: range and key. The whole object is another body than the range that covers it. */
type BodyId = string;
const idOf = (key: string, range?: ByteRange): BodyId => `${range ? `${range.offset}+${range.length}` : '*'} ${key}`;

/** Of a Map entry, two list links, a typed array and its buffer: measured at some 250 bytes. */
const ENTRY_BYTES = 300;

interface Flight {
  readonly fetch: SharedFetch<ReadonlyMap<BodyId, Uint8Array>>;
  /** The object was written since: what comes is not kept. */
  stale: boolean;
}

/**
 * Keeps the bodies of immutable objects in memory, by exact range: those that were used again before those that were not,
 * so that reading much once (a scan, an export) does not wash out what searches need.
 *
 * CACHE-1: a body answered twice while it is kept is the very same Uint8Array, alone in its ArrayBuffer (what is decoded
 * from it can be kept beside it, and a small range never holds on to a large request's bytes).
 * CACHE-2: of any number of concurrent calls for one body, one fetches it.
 * CACHE-3: what a call misses it fetches in one call to the store below, which coalesces it.
 */
export class CachingObjectStore extends InterceptingObjectStore {
  private readonly isImmutable: (key: string) => boolean;
  private readonly shareFromBytes: number;
  private readonly bodies: SegmentedLru<Uint8Array> | undefined;
  private readonly idsOfKey = new Map<string, Set<BodyId>>();
  private readonly flights = new Map<BodyId, Flight>();
  private hits = 0;
  private misses = 0;

  constructor(below: ObjectStore, options: CachingOptions) {
    super(below);
    const { maxBytes, maxEntryBytes = Math.floor(maxBytes / 8) } = options;
    this.isImmutable = options.isImmutable;
    this.shareFromBytes = options.shareFromBytes ?? Infinity;
    if (maxBytes > 0)
      this.bodies = new SegmentedLru<Uint8Array>({
        maxSize: maxBytes,
        maxEntrySize: Math.max(1, maxEntryBytes),
        sizeOf: (body, id) => body.length + 2 * id.length + ENTRY_BYTES,
        onGone: (id) => this.forget(id),
      });
  }

  counts(): CacheCounts {
    const { hits, misses, bodies } = this;
    return { hits, misses, entries: bodies?.count ?? 0, bytes: bodies?.size ?? 0 };
  }

  /** Whether the range would be answered from memory; is no use of it. */
  holds(key: string, range: ByteRange): boolean {
    return this.bodies?.has(idOf(key, range)) === true;
  }

  /** Keeps what the caller has cut out of a larger range of an immutable object, as if it had been asked for. */
  adopt(key: string, range: ByteRange, body: Uint8Array): void {
    if (this.isImmutable(key) && !this.holds(key, range)) this.keep(key, idOf(key, range), standalone(body));
  }

  override async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    if (!this.isImmutable(key)) return this.below.get(key, options);
    const { range } = options;
    checkKey(key);
    if (range) checkRange(key, range);
    const [body] = await this.bodiesOf(key, [range], options);
    return body!;
  }

  override async getRanges(
    key: string,
    ranges: readonly ByteRange[],
    options: RequestOptions = {},
  ): Promise<Uint8Array[]> {
    if (!this.isImmutable(key)) return this.below.getRanges(key, ranges, options);
    checkKey(key);
    for (const range of ranges) checkRange(key, range);
    return this.bodiesOf(key, ranges, options);
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    if (call.operation === 'head') return proceed(call.options);
    // Before, for who reads while it is written; after, for what was read meanwhile.
    for (const key of call.keys) this.invalidate(key);
    try {
      return await proceed(call.options);
    } finally {
      for (const key of call.keys) this.invalidate(key);
    }
  }

  protected override aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncIterable<T> {
    return proceed(call.options);
  }

  /** The bodies of ranges, or of the whole object where undefined. */
  private async bodiesOf(
    key: string,
    ranges: readonly (ByteRange | undefined)[],
    options: RequestOptions,
  ): Promise<Uint8Array[]> {
    const { signal, stats } = options;
    const what = `reading "${key}"`;
    throwIfCancelled(signal, what);
    const held = this.allHeld(key, ranges);
    if (held) {
      this.hits += held.length;
      if (stats) stats.cacheHits += held.length;
      return held;
    }
    const found = new Map<BodyId, Uint8Array>();
    const joined = new Set<Flight>();
    const missing = new Map<BodyId, ByteRange | undefined>();
    for (const range of ranges) {
      const id = idOf(key, range);
      if (found.has(id) || missing.has(id)) continue;
      const body = this.bodies?.get(id);
      const flight = this.flights.get(id);
      if (body) found.set(id, body);
      else if (flight && !flight.fetch.abandoned) joined.add(flight);
      else missing.set(id, range);
    }
    const hits = ranges.length - missing.size;
    this.hits += hits;
    this.misses += missing.size;
    if (stats) stats.cacheHits += hits;
    const own = missing.size > 0 ? [this.fly(key, missing, options)] : [];
    const collect = async (flight: Flight): Promise<void> => {
      for (const [id, body] of await flight.fetch.wait(signal, what)) found.set(id, body);
    };
    await Promise.all([
      ...own.map(collect),
      ...Array.from(joined, async (flight) => {
        try {
          await collect(flight);
        } catch (error) {
          // Another range of that call was bad; ours may be good.
          if (kindOf(error) !== 'invalid') throw error;
        }
      }),
    ]);
    return Promise.all(
      ranges.map(
        async (range) =>
          found.get(idOf(key, range)) ?? standalone(await this.below.get(key, { ...options, ...(range && { range }) })),
      ),
    );
  }

  /** The usual case, without a promise for each: everything is in memory. */
  private allHeld(key: string, ranges: readonly (ByteRange | undefined)[]): Uint8Array[] | undefined {
    const held: Uint8Array[] = [];
    for (const range of ranges) {
      const body = this.bodies?.get(idOf(key, range));
      if (!body) return undefined;
      held.push(body);
    }
    return held;
  }

  /** Begins to fetch bodies that nobody is fetching. */
  private fly(key: string, missing: ReadonlyMap<BodyId, ByteRange | undefined>, options: RequestOptions): Flight {
    const { stats, maxRequests } = options;
    const land = (): void => {
      for (const id of missing.keys()) if (this.flights.get(id) === flight) this.flights.delete(id);
    };
    const flight: Flight = {
      stale: false,
      fetch: new SharedFetch(async (signal) => {
        try {
          const passed = { signal, ...(stats && { stats }), ...(maxRequests !== undefined && { maxRequests }) };
          const bodies = await this.fetchBelow(key, missing, passed);
          if (!flight.stale) for (const [id, body] of bodies) this.keep(key, id, body);
          return bodies;
        } finally {
          land();
        }
      }),
    };
    for (const id of missing.keys()) this.flights.set(id, flight);
    return flight;
  }

  private async fetchBelow(
    key: string,
    missing: ReadonlyMap<BodyId, ByteRange | undefined>,
    options: RequestOptions,
  ): Promise<Map<BodyId, Uint8Array>> {
    const ids = [...missing.keys()];
    const ranges = [...missing.values()].filter((range) => range !== undefined);
    // One call asks for the whole object or for ranges, never for both.
    const bodies =
      ranges.length === 0
        ? [await this.below.get(key, options)]
        : ranges.length === 1
          ? [await this.below.get(key, { ...options, range: ranges[0]! })]
          : await this.below.getRanges(key, ranges, options);
    return new Map(ids.map((id, i) => [id, this.alone(bodies[i]!)]));
  }

  private alone(body: Uint8Array): Uint8Array {
    if (body.length < this.shareFromBytes || body.buffer instanceof SharedArrayBuffer) return standalone(body);
    const shared = new Uint8Array(new SharedArrayBuffer(body.length));
    shared.set(body);
    return shared;
  }

  private keep(key: string, id: BodyId, body: Uint8Array): void {
    if (!this.bodies?.set(id, body)) return;
    const ids = this.idsOfKey.get(key);
    if (ids) ids.add(id);
    else this.idsOfKey.set(key, new Set([id]));
  }

  private forget(id: BodyId): void {
    const key = id.slice(id.indexOf(' ') + 1);
    const ids = this.idsOfKey.get(key);
    ids?.delete(id);
    if (ids?.size === 0) this.idsOfKey.delete(key);
  }

  private invalidate(key: string): void {
    // Deleting from the set while going through it is defined: what is gone is not visited again.
    for (const id of this.idsOfKey.get(key) ?? []) this.bodies?.delete(id);
    for (const [id, flight] of this.flights)
      if (id.endsWith(key) && id.slice(id.indexOf(' ') + 1) === key) {
        flight.stale = true;
        this.flights.delete(id);
      }
  }
}

const standalone = (body: Uint8Array): Uint8Array =>
  body.byteLength === body.buffer.byteLength && !Buffer.isBuffer(body) ? body : new Uint8Array(body);
