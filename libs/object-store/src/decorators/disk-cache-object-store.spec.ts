import { chmod, mkdtemp, open, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeUtf8, seededRandom } from '#libs/kernel';
import { MemoryObjectStore } from '../memory/memory-object-store.ts';
import { patternedBytes } from '../object-store-contract.ts';
import type { ByteRange } from '../object-store.ts';
import { CountingObjectStore } from './counting-object-store.ts';
import { DiskCacheObjectStore, type DiskCacheOptions } from './disk-cache-object-store.ts';

const range = (offset: number, length: number): ByteRange => ({ offset, length });
const BYTES = patternedBytes(1_000_000);

describe('DiskCacheObjectStore', () => {
  let folder: string;
  let counted: CountingObjectStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quarry-disk-cache-'));
    const memory = new MemoryObjectStore();
    await memory.put('k', BYTES);
    counted = new CountingObjectStore(memory);
  });
  const made: DiskCacheObjectStore[] = [];
  afterEach(async () => {
    // What is written behind an answer's back must be down before its folder goes.
    await Promise.all(made.splice(0).map((store) => store.settled()));
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  const cache = (options: Partial<DiskCacheOptions> = {}): DiskCacheObjectStore => {
    const store = new DiskCacheObjectStore(counted, {
      folder,
      maxBytes: 10_000_000,
      isImmutable: () => true,
      ...options,
    });
    made.push(store);
    return store;
  };
  const requests = (): number => counted.snapshot().totalRequests;
  const files = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const sizes = async (): Promise<number> => {
    const all = await Promise.all((await files()).map((path) => stat(path)));
    return all.reduce((sum, { size }) => sum + size, 0);
  };

  it('answers after a restart without a request, and fetches only what is missing', async () => {
    const first = cache();
    await first.getRanges('k', [range(0, 100), range(500_000, 100)]);
    await first.settled();
    counted.reset();
    const second = cache();
    const stats = { gets: 0, bytes: 0, cacheHits: 0 };
    const got = await second.getRanges('k', [range(500_000, 100), range(0, 100), range(900_000, 50)], { stats });
    expect(got.map((body) => [...body])).toEqual(
      [
        [500_000, 100],
        [0, 100],
        [900_000, 50],
      ].map(([offset, length]) => [...BYTES.subarray(offset, offset! + length!)]),
    );
    expect(stats).toEqual({ gets: 1, bytes: 50, cacheHits: 2 });
    expect(second.counts()).toMatchObject({ hits: 2, misses: 1, damaged: 0 });
  });

  it.each([
    [
      'altered in any place',
      async (path: string, random: () => number) => {
        const bytes = await readFile(path);
        bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
        await writeFile(path, bytes);
      },
    ],
    [
      'cut short',
      async (path: string, random: () => number) => {
        await truncate(path, Math.floor(random() * (await stat(path)).size));
      },
    ],
    [
      'longer than it was',
      async (path: string) => writeFile(path, Buffer.concat([await readFile(path), Buffer.from('x')])),
    ],
    ['empty', async (path: string) => truncate(path, 0)],
    [
      'of another range',
      async (path: string) => {
        const other = cache();
        await other.get('k', { range: range(7, 300) });
        await other.settled();
        const from = (await files()).find((file) => file.endsWith('7+300'));
        if (from) await writeFile(path, await readFile(from));
      },
    ],
  ])('finds out a file that is %s, drops it and fetches anew', async (_name, damage) => {
    const random = seededRandom(21);
    for (let round = 0; round < 12; round++) {
      const first = cache();
      await first.get('k', { range: range(0, 300) });
      await first.settled();
      const path = (await files()).find((file) => file.endsWith('0+300'));
      await damage(path!, () => random.next());
      counted.reset();
      const second = cache();
      expect(await second.get('k', { range: range(0, 300) })).toEqual(BYTES.slice(0, 300));
      expect(second.counts()).toMatchObject({ hits: 0, damaged: 1 });
      expect(requests()).toBe(1);
      await second.settled();
      expect(await cache().get('k', { range: range(0, 300) })).toEqual(BYTES.slice(0, 300));
      expect(requests()).toBe(1);
    }
  });

  it('stays within its bound, and keeps what was used last', async () => {
    const store = cache({ maxBytes: 200_000 });
    await store.get('k', { range: range(0, 1000) });
    for (let at = 1; at < 100; at++) {
      await store.get('k', { range: range(at * 9000, 9000) });
      await store.settled();
      // Times of files are coarse: what is old must look old.
      for (const path of await files()) {
        const used = path.endsWith('/0+1000')
          ? 2_000_000_000
          : at * 9000 === Number(/(\d+)\+9000$/.exec(path)?.[1])
            ? 1000 + at
            : undefined;
        if (used !== undefined) await utimes(path, used, used);
      }
      expect(await sizes()).toBeLessThanOrEqual(200_000);
    }
    counted.reset();
    await store.get('k', { range: range(0, 1000) });
    expect(requests()).toBe(0);
    expect((await files()).length).toBeGreaterThan(10);
    await store.get('k', { range: range(9000, 9000) });
    expect(requests()).toBe(1);
  });

  it('goes on without a full disk, says so once, and tries again later', async () => {
    const troubles: unknown[] = [];
    let full = true;
    const fullOpen = (async (path: string, flags: string) => {
      const handle = await open(path, flags);
      if (full && flags === 'wx') {
        handle.writev = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      }
      return handle;
    }) as typeof open;
    let now = 0;
    const clock = { now: () => now, monotonic: () => now, sleep: async () => undefined, after: () => () => undefined };
    const store = cache({ open: fullOpen, clock, onTrouble: (error) => troubles.push(error) });
    for (let at = 0; at < 5; at++) {
      expect(await store.get('k', { range: range(at, 10) })).toEqual(BYTES.slice(at, at + 10));
      await store.settled();
    }
    expect(troubles).toMatchObject([{ code: 'ENOSPC' }]);
    expect(await files()).toEqual([]);
    full = false;
    now += 61_000;
    await store.get('k', { range: range(0, 10) });
    await store.settled();
    expect(await files()).toHaveLength(1);
  });

  it('goes on where its folder cannot be made or written', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, 'not a folder');
    const troubles: unknown[] = [];
    const store = cache({ folder: join(file, 'cache'), onTrouble: (error) => troubles.push(error) });
    for (let at = 0; at < 3; at++) {
      expect(await store.get('k', { range: range(at, 10) })).toEqual(BYTES.slice(at, at + 10));
      await store.settled();
    }
    expect(troubles).toHaveLength(1);
  });

  it('still answers from a folder that has become read-only', async () => {
    const first = cache();
    await first.get('k', { range: range(0, 10) });
    await first.settled();
    const [path] = await files();
    await chmod(path!, 0o444);
    await chmod(folder, 0o555);
    counted.reset();
    expect(await cache().get('k', { range: range(0, 10) })).toEqual(BYTES.slice(0, 10));
    expect(requests()).toBe(0);
    await chmod(folder, 0o755);
  });

  it('never keeps an object that was written while it was read', async () => {
    const store = cache();
    const reading = store.get('k', { range: range(0, 3) });
    await store.put('k', encodeUtf8('new'));
    await reading;
    await store.settled();
    expect(await store.get('k', { range: range(0, 3) })).toEqual(encodeUtf8('new'));
  });

  it('clears away what a process left that died while writing', async () => {
    const first = cache();
    await first.get('k', { range: range(0, 10) });
    await first.settled();
    const left = join(folder, 'tmp', 'left-behind');
    await writeFile(left, 'half a body');
    await utimes(left, 1000, 1000);
    const second = cache();
    await second.get('k', { range: range(20, 10) });
    await second.settled();
    expect((await files()).some((path) => path.includes('left-behind'))).toBe(false);
    expect(await files()).toHaveLength(2);
  });

  it('is shared by processes that write and evict at the same time', async () => {
    const two = [cache({ maxBytes: 60_000 }), cache({ maxBytes: 60_000 })];
    const random = seededRandom(4);
    await Promise.all(
      two.map(async (store) => {
        for (let i = 0; i < 150; i++) {
          const offset = Math.floor(random.next() * 40) * 3000;
          expect(
            Buffer.compare(await store.get('k', { range: range(offset, 3000) }), BYTES.subarray(offset, offset + 3000)),
          ).toBe(0);
        }
        await store.settled();
      }),
    );
    expect(two.map((store) => store.counts().damaged)).toEqual([0, 0]);
    expect(two.some((store) => store.counts().hits > 0)).toBe(true);
    // Each may not yet have seen what the other wrote since its last look.
    expect(await sizes()).toBeLessThanOrEqual(60_000 * 1.2);
  });
});
