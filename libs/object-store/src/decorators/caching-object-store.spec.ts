import { encodeUtf8 } from '#libs/kernel';
import { MemoryObjectStore } from '../memory/memory-object-store.ts';
import { failureOf, patternedBytes } from '../object-store-contract.ts';
import type { ByteRange, GetOptions, RequestOptions } from '../object-store.ts';
import { CachingObjectStore, type CachingOptions } from './caching-object-store.ts';
import { CountingObjectStore } from './counting-object-store.ts';

const range = (offset: number, length: number): ByteRange => ({ offset, length });

/** A memory store whose reads wait until they are let go, to hold them under way. */
class GatedObjectStore extends MemoryObjectStore {
  gate: Promise<void> | undefined;
  signals: (AbortSignal | undefined)[] = [];

  private async pass(options: RequestOptions | undefined): Promise<void> {
    this.signals.push(options?.signal);
    const { promise, reject } = Promise.withResolvers<never>();
    options?.signal?.addEventListener('abort', () => reject(new Error('aborted below')));
    if (this.gate) await Promise.race([this.gate, promise]);
  }
  override async get(key: string, options?: GetOptions): Promise<Uint8Array> {
    const body = await super.get(key, options);
    await this.pass(options);
    return body;
  }
  override async getRanges(key: string, ranges: readonly ByteRange[], options?: RequestOptions): Promise<Uint8Array[]> {
    const bodies = await super.getRanges(key, ranges, options);
    await this.pass(options);
    return bodies;
  }
}

const isImmutable = (key: string): boolean => key !== 'mutable';

async function caching(options: Partial<CachingOptions> = {}): Promise<{
  store: CachingObjectStore;
  counts: CountingObjectStore;
  gated: GatedObjectStore;
}> {
  const gated = new GatedObjectStore();
  await gated.put('k', patternedBytes(2_000_000));
  await gated.put('mutable', encodeUtf8('one'));
  const counts = new CountingObjectStore(gated);
  return { store: new CachingObjectStore(counts, { maxBytes: 1_000_000, isImmutable, ...options }), counts, gated };
}

describe('CachingObjectStore', () => {
  it('answers again with the very same bytes, alone in their buffer (CACHE-1)', async () => {
    const { store, counts } = await caching();
    const asked = [range(0, 10), range(20, 10), range(1_500_000, 10)];
    const first = await store.getRanges('k', asked);
    const second = await store.getRanges('k', asked);
    for (const [i, body] of first.entries()) {
      expect(second[i]).toBe(body);
      expect(body.byteOffset).toBe(0);
      expect(body.buffer.byteLength).toBe(10);
      expect(Buffer.isBuffer(body)).toBe(false);
      expect(await store.get('k', { range: asked[i]! })).toBe(body);
    }
    const whole = await store.get('k2').catch(() => undefined);
    expect(whole).toBeUndefined();
    expect(counts.snapshot().requests).toMatchObject({ getRanges: 2 });
    expect(store.counts()).toMatchObject({ hits: 6, misses: 4, entries: 3 });
  });

  it('fetches what a call misses in one call (CACHE-3)', async () => {
    const { store, counts } = await caching();
    await store.getRanges('k', [range(0, 10), range(50, 10)]);
    counts.reset();
    const stats = { gets: 0, bytes: 0, cacheHits: 0 };
    await store.getRanges('k', [range(0, 10), range(100, 10), range(50, 10), range(200, 10), range(300, 10)], {
      stats,
    });
    expect(counts.snapshot()).toMatchObject({ totalRequests: 1, bytesRead: 210, rounds: 1 });
    expect(stats).toEqual({ gets: 1, bytes: 210, cacheHits: 2 });
  });

  it('fetches once for all who ask at the same time (CACHE-2)', async () => {
    const { store, counts } = await caching();
    const bodies = await Promise.all([
      ...Array.from({ length: 10 }, () => store.get('k', { range: range(5, 10) })),
      ...Array.from({ length: 10 }, async () => (await store.getRanges('k', [range(5, 10), range(70, 1)]))[0]!),
    ]);
    expect(new Set(bodies).size).toBe(1);
    expect(counts.snapshot().totalRequests).toBe(2);
  });

  it('never holds more than its bound, and keeps what was used last', async () => {
    const { store, counts } = await caching({ maxBytes: 100_000, maxEntryBytes: 20_000 });
    for (let i = 0; i < 100; i++) {
      await store.get('k', { range: range(i * 10_000, 1 + ((i * 997) % 19_000)) });
      await store.get('k', { range: range(0, 1) });
      expect(store.counts().bytes).toBeLessThanOrEqual(100_000);
    }
    expect(store.counts().entries).toBeGreaterThan(3);
    counts.reset();
    await store.get('k', { range: range(0, 1) });
    expect(counts.snapshot().totalRequests).toBe(0);
  });

  it('keeps what was used twice through a scan of ten times its size', async () => {
    const { store, counts } = await caching({ maxBytes: 100_000, maxEntryBytes: 20_000 });
    const hot = Array.from({ length: 10 }, (_, at) => range(at * 2000, 2000));
    for (let time = 0; time < 2; time++) for (const one of hot) await store.get('k', { range: one });
    for (let at = 0; at < 200; at++) await store.get('k', { range: range(100_000 + at * 5000, 5000) });
    counts.reset();
    await store.getRanges('k', hot);
    expect(counts.snapshot().totalRequests).toBe(0);
    expect(store.counts().bytes).toBeLessThanOrEqual(100_000);
  });

  it('lets bodies larger than a share pass by', async () => {
    const { store, counts } = await caching({ maxBytes: 80_000 });
    await store.get('k', { range: range(0, 5000) });
    await store.get('k', { range: range(0, 50_000) });
    await store.get('k');
    expect(store.counts().entries).toBe(1);
    counts.reset();
    await store.get('k', { range: range(0, 5000) });
    expect(counts.snapshot().totalRequests).toBe(0);
    await store.get('k', { range: range(0, 50_000) });
    expect(counts.snapshot().totalRequests).toBe(1);
  });

  it('does not touch what may change', async () => {
    const { store, gated } = await caching();
    expect(await store.get('mutable')).toEqual(encodeUtf8('one'));
    await gated.put('mutable', encodeUtf8('two'));
    expect(await store.get('mutable')).toEqual(encodeUtf8('two'));
    expect((await store.getRanges('mutable', [range(0, 3)]))[0]).toEqual(encodeUtf8('two'));
    expect(store.counts()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
  });

  it('forgets an object that is written or deleted through it', async () => {
    const { store } = await caching();
    await store.getRanges('k', [range(0, 10), range(100, 10)]);
    await store.put('k', encodeUtf8('replaced!!'));
    expect(await store.get('k', { range: range(0, 10) })).toEqual(encodeUtf8('replaced!!'));
    await store.deleteMany(['k']);
    expect(await failureOf(store.get('k', { range: range(0, 10) }))).toBe('not-found object_not_found');
    expect(store.counts()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('does not keep what was read before a write and came after it', async () => {
    const { store, gated } = await caching();
    const open = Promise.withResolvers<void>();
    gated.gate = open.promise;
    const old = store.get('k', { range: range(0, 3) });
    gated.gate = undefined;
    await store.put('k', encodeUtf8('new'));
    open.resolve();
    expect(await old).toEqual(patternedBytes(3));
    expect(await store.get('k', { range: range(0, 3) })).toEqual(encodeUtf8('new'));
  });

  it('keeps a shared fetch going for those who still wait, and ends it when nobody does', async () => {
    const { store, gated } = await caching();
    const open = Promise.withResolvers<void>();
    gated.gate = open.promise;
    const [first, second] = [new AbortController(), new AbortController()];
    const options = (abort: AbortController): GetOptions => ({ range: range(0, 3), signal: abort.signal });
    const impatient = store.get('k', options(first));
    const patient = store.get('k', options(second));
    first.abort();
    expect(await failureOf(impatient)).toBe('cancelled cancelled');
    expect(gated.signals.map((signal) => signal?.aborted)).toEqual([false]);
    open.resolve();
    expect(await patient).toEqual(patternedBytes(3));

    const never = Promise.withResolvers<void>();
    gated.gate = never.promise;
    const third = new AbortController();
    const alone = store.get('k', { range: range(7, 3), signal: third.signal });
    third.abort();
    expect(await failureOf(alone)).toBe('cancelled cancelled');
    expect(gated.signals.at(-1)?.aborted).toBe(true);
    gated.gate = undefined;
    expect(await store.get('k', { range: range(7, 3) })).toEqual(patternedBytes(10).slice(7));
  });

  it('does not fail a good range because of a bad one that another call asked with it', async () => {
    const { store } = await caching();
    const both = failureOf(store.getRanges('k', [range(0, 3), range(1_999_999, 2)]));
    const good = store.get('k', { range: range(0, 3) });
    expect(await both).toBe('invalid bad_range');
    expect(await good).toEqual(patternedBytes(3));
  });

  it('does not keep failures', async () => {
    const { store } = await caching();
    expect(await failureOf(store.get('later'))).toBe('not-found object_not_found');
    await store.put('later', encodeUtf8('x'));
    expect(await store.get('later')).toEqual(encodeUtf8('x'));
  });

  it('puts large bodies into shared memory, the same for all who ask, and leaves small ones alone', async () => {
    const { store } = await caching({ shareFromBytes: 4 });
    const [small, large] = await store.getRanges('k', [range(0, 3), range(3, 4)]);
    expect(small!.buffer).toBeInstanceOf(ArrayBuffer);
    expect(large!.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...small!, ...large!]).toEqual([...patternedBytes(7)]);
    expect(await store.get('k', { range: range(3, 4) })).toBe(large);
    const whole = await store.get('k');
    expect(whole.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(whole).toEqual(await (await caching()).store.get('k'));
  });
});
