import { QuarryError, seededRandom } from '#libs/kernel';
import { MemoryObjectStore } from '../memory/memory-object-store.ts';
import { failureOf, patternedBytes } from '../object-store-contract.ts';
import type { RequestOptions } from '../object-store.ts';
import { CountingObjectStore } from './counting-object-store.ts';
import { HedgingObjectStore } from './hedging-object-store.ts';
import { InterceptingObjectStore, type StoreCall } from './intercepting-object-store.ts';
import { LatencyObjectStore } from './latency-object-store.ts';
import { steppedClock } from './stepped-clock-fixture.ts';

/** A store whose every read takes as long as `next` says, first byte and all, and tells which were cancelled. */
class PacedObjectStore extends InterceptingObjectStore {
  cancelled = 0;
  calls = 0;

  constructor(
    below: MemoryObjectStore,
    private readonly clock: ReturnType<typeof steppedClock>,
    public next: (call: number) => number,
  ) {
    super(below);
  }

  protected override async around<T>(call: StoreCall, proceed: (options: RequestOptions) => Promise<T>): Promise<T> {
    try {
      await this.clock.sleep(this.next(this.calls++), call.options.signal);
    } catch (error) {
      this.cancelled++;
      throw error;
    }
    return proceed(call.options);
  }

  protected override aroundStream<T>(
    call: StoreCall,
    proceed: (options: RequestOptions) => AsyncIterable<T>,
  ): AsyncIterable<T> {
    return proceed(call.options);
  }
}

async function paced() {
  const memory = new MemoryObjectStore();
  await memory.put('k', patternedBytes(1000));
  const clock = steppedClock();
  const below = new PacedObjectStore(memory, clock, () => 50);
  const store = new HedgingObjectStore(below, { clock });
  const read = (stats?: { gets: number; bytes: number; cacheHits: number; hedges?: number }, signal?: AbortSignal) =>
    clock.run(store.get('k', { ...(stats && { stats }), ...(signal && { signal }) }));
  for (let i = 0; i < 20; i++) await read();
  return { clock, below, store, read };
}

describe('HedgingObjectStore', () => {
  it('asks again what takes longer than most, takes the first answer and cancels the other', async () => {
    const { clock, below, store, read } = await paced();
    expect(store.counts()).toEqual({ sent: 0, won: 0 });
    below.next = (call) => (call === 20 ? 1000 : 30);
    const stats = { gets: 0, bytes: 0, cacheHits: 0 };
    const started = clock.monotonic();
    expect(await read(stats)).toEqual(patternedBytes(1000));
    // 50 until nearly all have come, 50 more since none ever came later, 30 for the second.
    expect(clock.monotonic() - started).toBe(130);
    expect(store.counts()).toEqual({ sent: 1, won: 1 });
    expect(stats).toMatchObject({ hedges: 1 });
    expect(below.cancelled).toBe(1);
  });

  it('lets the first win when it is faster after all, and makes no second request for what is in time', async () => {
    const { clock, below, store, read } = await paced();
    below.next = (call) => (call === 20 ? 120 : 300);
    const started = clock.monotonic();
    await read();
    expect(clock.monotonic() - started).toBe(120);
    expect(store.counts()).toEqual({ sent: 1, won: 0 });
    below.next = () => 49;
    await read();
    expect([store.counts().sent, below.cancelled]).toEqual([1, 1]);
  });

  it('is satisfied with the answer that comes when the other request fails', async () => {
    const { clock, below, store, read } = await paced();
    const started = clock.monotonic();
    below.next = (call) => {
      if (call === 21) throw new QuarryError('unavailable', 'broken', { code: 'store_unavailable' });
      return 200;
    };
    expect(await read()).toEqual(patternedBytes(1000));
    expect(clock.monotonic() - started).toBe(200);
    expect(store.counts()).toEqual({ sent: 1, won: 0 });
  });

  it('does not hedge what the caller gave up, nor what fails for good', async () => {
    const { below, store, clock } = await paced();
    below.next = () => 1000;
    const abort = new AbortController();
    const given = failureOf(store.get('k', { signal: abort.signal }));
    abort.abort();
    expect(await clock.run(given)).toBe('cancelled cancelled');
    below.next = () => 40;
    expect(await clock.run(failureOf(store.get('missing')))).toBe('not-found object_not_found');
    expect(store.counts().sent).toBe(0);
  });

  it('asks at the 95th of 100 where those behind it come much later', async () => {
    const { clock, below, store, read } = await paced();
    below.next = (call) => (call % 20 === 0 ? 400 : 50 + (call % 20));
    for (let i = 0; i < 60; i++) await read();
    below.next = () => 40;
    const { sent } = store.counts();
    let first = true;
    below.next = () => {
      const ms = first ? 5000 : 40;
      first = false;
      return ms;
    };
    const started = clock.monotonic();
    await read();
    expect(store.counts().sent).toBe(sent + 1);
    expect(clock.monotonic() - started).toBeLessThanOrEqual(69 + 40);
  });

  it('makes at most a twentieth more requests, however slow the store becomes', async () => {
    const { below, store, read } = await paced();
    const random = seededRandom(3);
    // Every other request takes five times as long as those it has learnt from.
    below.next = () => (random.next() < 0.5 ? 40 : 250 + 1000 * random.next());
    for (let i = 0; i < 1000; i++) await read();
    const { sent } = store.counts();
    expect(sent).toBeGreaterThan(20);
    expect(sent).toBeLessThanOrEqual(1 + 1020 * 0.05);
  });

  it('hedges each request that ranges become, and cuts the tail of a store as slow as S3', async () => {
    const times = async (hedged: boolean): Promise<number[]> => {
      const memory = new MemoryObjectStore();
      await memory.put('k', patternedBytes(20_000_000));
      const clock = steppedClock();
      const latency = { medianMs: 63, sigma: 0.9 };
      const slow = new LatencyObjectStore(memory, latency, { clock, random: seededRandom(9) });
      const counted = new CountingObjectStore(slow);
      const store = hedged ? new HedgingObjectStore(counted, { clock }) : counted;
      const ranges = [0, 9_000_000, 19_000_000].map((offset) => ({ offset, length: 1000 }));
      const taken: number[] = [];
      for (let i = 0; i < 150; i++) {
        const started = clock.monotonic();
        await clock.run(store.getRanges('k', ranges));
        taken.push(clock.monotonic() - started);
      }
      if (hedged) expect(counted.snapshot().totalRequests).toBeLessThanOrEqual(450 * 1.05 + 1);
      return taken.toSorted((a, b) => a - b);
    };
    const [without, having] = [await times(false), await times(true)];
    expect(having[140]!).toBeLessThan(without[140]! * 0.95);
    expect(having[147]!).toBeLessThan(without[147]! * 0.95);
  });
});
