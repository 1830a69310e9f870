import { encodeUtf8 } from '#libs/kernel';
import { MemoryObjectStore } from '../memory/memory-object-store.ts';
import { chunksOf, collect, failureOf, patternedBytes, readAll } from '../object-store-contract.ts';
import { CachingObjectStore } from './caching-object-store.ts';
import { CountingObjectStore } from './counting-object-store.ts';

const range = (offset: number, length: number): { offset: number; length: number } => ({ offset, length });

async function counting(): Promise<CountingObjectStore> {
  const memory = new MemoryObjectStore();
  await memory.put('k', patternedBytes(1024 * 1024));
  return new CountingObjectStore(memory);
}

describe('CountingObjectStore', () => {
  it('counts requests by operation, and bytes both ways', async () => {
    const store = await counting();
    await store.get('k', { range: range(0, 10) });
    // One for the neighbours, over-reading the gap, one for the far one.
    await store.getRanges('k', [range(0, 10), range(100, 10), range(500_000, 10)]);
    await store.head('k');
    await store.put('a', patternedBytes(50));
    await store.putIfAbsent('a', patternedBytes(7));
    await store.putStream('b', chunksOf(patternedBytes(30), patternedBytes(3)));
    await collect(store.list(''));
    await store.deleteMany(Array.from({ length: 1001 }, (_, i) => `x${i}`));
    await readAll(store.getStream('a'));
    expect(await failureOf(store.get('absent'))).toBe('not-found object_not_found');
    expect(store.snapshot()).toEqual({
      requests: {
        get: 2,
        getRanges: 2,
        getStream: 1,
        put: 1,
        putIfAbsent: 1,
        putStream: 1,
        head: 1,
        list: 1,
        deleteMany: 2,
      },
      totalRequests: 12,
      bytesRead: 10 + 110 + 10 + 50,
      bytesWritten: 50 + 7 + 33,
      rounds: 10,
    });
    store.reset();
    expect(store.snapshot()).toMatchObject({ totalRequests: 0, bytesRead: 0, bytesWritten: 0, rounds: 0 });
  });

  it('counts a listing by its pages of 1000', async () => {
    const store = await counting();
    await store.deleteMany(['k']);
    await Promise.all(Array.from({ length: 2000 }, (_, i) => store.put(`p/${i}`, encodeUtf8(''))));
    for (const [limit, pages] of [
      [1, 1],
      [1000, 1],
      [1001, 2],
      [Infinity, 2],
    ] as const) {
      store.reset();
      await collect(store.list('p/', { limit }));
      expect(store.snapshot()).toMatchObject({ totalRequests: pages, rounds: pages });
    }
  });

  it('counts the longest chain of dependent requests as rounds', async () => {
    const store = await counting();
    const get = (): Promise<unknown> => store.get('k', { range: range(0, 1) });
    await Promise.all([get(), get(), get()]);
    expect(store.snapshot().rounds).toBe(1);
    await Promise.all([get(), get()]);
    expect(store.snapshot().rounds).toBe(2);
    // Begun together with the third, ended with it: they do not depend on each other.
    await Promise.all([get(), store.getRanges('k', [range(0, 1), range(900_000, 1)]), store.head('k')]);
    expect(store.snapshot()).toMatchObject({ rounds: 3, totalRequests: 9 });
    const late = get();
    store.reset();
    await late;
    expect(store.snapshot()).toMatchObject({ rounds: 0, totalRequests: 0 });
  });

  it('shows what a cache lets through, from either side', async () => {
    const options = { maxBytes: 1_000_000, isImmutable: () => true };
    const below = await counting();
    const above = new CountingObjectStore(new CachingObjectStore(below, options));
    for (let i = 0; i < 3; i++) await above.getRanges('k', [range(0, 10), range(500_000, 10)]);
    for (const store of [above, below])
      expect(store.snapshot()).toMatchObject({ totalRequests: 2, bytesRead: 20, rounds: 1 });
  });
});
