import { encodeUtf8, seededRandom } from '#libs/kernel';
import { MemoryObjectStore } from '../memory/memory-object-store.ts';
import { collect, failureOf } from '../object-store-contract.ts';
import { FaultyObjectStore, failCall } from './faulty-object-store.ts';
import { immediateClock } from './immediate-clock-fixture.ts';
import { LatencyObjectStore } from './latency-object-store.ts';

describe('FaultyObjectStore', () => {
  it('fails the n-th call before or after its effect, and no other', async () => {
    for (const at of ['before', 'after'] as const)
      for (let n = 0; n < 3; n++) {
        const memory = new MemoryObjectStore();
        const store = new FaultyObjectStore(memory, failCall(n, { at }));
        const outcomes: string[] = [];
        for (const key of ['a', 'b', 'c']) {
          const put = store.put(key, encodeUtf8(key)).then(() => 'done');
          outcomes.push(await put.catch(() => 'failed'));
        }
        expect(outcomes).toEqual(['done', 'done', 'done'].with(n, 'failed'));
        expect(await collect(memory.list(''))).toHaveLength(at === 'before' ? 2 : 3);
        expect(store).toMatchObject({ calls: 3, faults: 1 });
      }
  });

  it('breaks off a stream after some items', async () => {
    const memory = new MemoryObjectStore();
    for (const key of ['a', 'b', 'c']) await memory.put(key, encodeUtf8(key));
    const store = new FaultyObjectStore(memory, failCall(0, { afterItems: 2 }));
    const seen: string[] = [];
    const listing = (async () => {
      for await (const info of store.list('')) seen.push(info.key);
    })();
    expect(await failureOf(listing)).toBe('unavailable store_unavailable');
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('LatencyObjectStore', () => {
  it('waits log-normally about the median', async () => {
    const clock = immediateClock();
    const parts = { clock, random: seededRandom(5) };
    const store = new LatencyObjectStore(new MemoryObjectStore(), { medianMs: 30, sigma: 0.5 }, parts);
    for (let i = 0; i < 1000; i++) await store.head('k');
    const sorted = clock.slept.toSorted((a, b) => a - b);
    expect(sorted[500]).toBeGreaterThan(27);
    expect(sorted[500]).toBeLessThan(33);
    // e^(0.5·1.645) = 2.28 times the median.
    expect(sorted[950]).toBeGreaterThan(58);
    expect(sorted[950]).toBeLessThan(80);
  });
});
