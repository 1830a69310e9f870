import type { Clock } from '#libs/kernel';
import { MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import { Boundary } from './boundary.ts';
import { ManifestLog, type VersionHints } from './manifest-log.ts';
import { newestVersion } from './newest-version.ts';
import { objectPaths } from './object-paths.ts';
import { encodeManifest, type StoredManifest } from './stored-manifest.ts';

const name = { tenant: 'acme', index: 'logs' };
const paths = objectPaths(name);

class TestClock implements Clock {
  time = 1_000;
  now = (): number => this.time;
  monotonic = (): number => this.time;
  sleep = async (ms: number): Promise<void> => void (this.time += ms);
  after = (): (() => void) => () => {};
}

/** Counts requests by method; a method may be replaced for one test. */
function counted(inner: ObjectStore): { store: ObjectStore; calls: string[] } {
  const calls: string[] = [];
  const store = new Proxy(inner, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return (...rest: unknown[]): unknown => {
        calls.push(`${String(property)} ${String(rest[0]).replace(paths.root, '')}`);
        return Reflect.apply(value, target, rest);
      };
    },
  });
  return { store, calls };
}

const version = (number: number, commit = `c${number}`): StoredManifest => ({
  format: 1,
  version: number,
  commit,
  incarnation: 1,
  createdAt: number,
  dropped: false,
  schema: { fields: {}, dynamic: true, maxFields: 10 },
  segments: [],
  jobs: [],
});

async function storeWith(from: number, to: number): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  for (let v = from; v <= to; v++) await store.put(paths.manifest(v), encodeManifest(version(v)));
  return store;
}

const hintsOf = (value: number | undefined): VersionHints & { puts: number[] } => {
  const puts: number[] = [];
  return { puts, get: async () => value, put: async (_key, put) => void puts.push(put) };
};

describe('ManifestLog', () => {
  it('finds nothing where nothing is', async () => {
    const log = new ManifestLog(new MemoryObjectStore(), new TestClock());
    expect(await log.newest(name)).toBeUndefined();
    expect(await log.read(name, 1)).toBeUndefined();
    await expect(log.require(name, 1)).rejects.toMatchObject({ kind: 'not-found', code: 'version_not_found' });
  });

  it.each([undefined, 1, 6, 7, 8, 1_000_000, -3, 0.5, NaN])('finds version 7 with the hint %p', async (hint) => {
    const log = new ManifestLog(await storeWith(1, 7), new TestClock(), hintsOf(hint));
    expect((await log.newest(name))?.version).toBe(7);
  });

  it('lists once without a hint, and asks once for the next number when it knows the newest', async () => {
    const { store, calls } = counted(await storeWith(1, 7));
    const log = new ManifestLog(store, new TestClock());
    await log.newest(name);
    expect(calls).toEqual(['get boundary', 'list manifest/', `get ${paths.manifest(7).replace(paths.root, '')}`]);
    calls.length = 0;
    await log.newest(name);
    expect(calls).toEqual([`get ${paths.manifest(8).replace(paths.root, '')}`]);
    calls.length = 0;
    expect(log.recent(name, 0)?.version).toBe(7);
    expect(calls).toEqual([]);
  });

  it('answers concurrent questions with one request, but none from before it was asked', async () => {
    const inner = await storeWith(1, 1);
    const { store, calls } = counted(inner);
    const log = new ManifestLog(store, new TestClock());
    await log.newest(name);
    calls.length = 0;
    const first = log.newest(name);
    await Promise.resolve();
    await Promise.resolve();
    await inner.put(paths.manifest(2), encodeManifest(version(2)));
    const rest = await Promise.all(Array.from({ length: 50 }, () => log.newest(name)));
    await first;
    expect(rest.every((manifest) => manifest?.version === 2)).toBe(true);
    expect(calls.length).toBeLessThan(8);
  });

  it('jumps to the end when it is far behind', async () => {
    const inner = await storeWith(1, 1);
    const { store, calls } = counted(inner);
    const log = new ManifestLog(store, new TestClock());
    await log.newest(name);
    for (let v = 2; v <= 200; v++) await inner.put(paths.manifest(v), encodeManifest(version(v)));
    calls.length = 0;
    expect((await log.newest(name))?.version).toBe(200);
    expect(calls.length).toBeLessThan(10);
  });

  it('believes a cached version no longer than the boundary lets it', async () => {
    const inner = await storeWith(1, 3);
    const clock = new TestClock();
    const log = new ManifestLog(inner, clock);
    await log.newest(name);
    // While this process slept: 4 … 9 came, 1 … 8 were collected.
    await inner.put(paths.manifest(9), encodeManifest(version(9)));
    await new Boundary(inner).raise(name, 9);
    await inner.deleteMany([1, 2, 3].map((v) => paths.manifest(v)));
    clock.time += 3_600_000;
    expect((await log.newest(name))?.version).toBe(9);
  });

  it('does not take a re-created old number for the newest', async () => {
    const inner = new MemoryObjectStore();
    await inner.put(paths.manifest(9), encodeManifest(version(9)));
    await inner.put(paths.manifest(4), encodeManifest(version(4, 'stray')));
    await new Boundary(inner).raise(name, 9);
    expect((await new ManifestLog(inner, new TestClock(), hintsOf(4)).newest(name))?.version).toBe(9);
    expect((await new ManifestLog(inner, new TestClock()).newest(name))?.version).toBe(9);
  });

  it('goes back to the newest, not to what a damaged boundary says', async () => {
    const inner = await storeWith(1, 2);
    await inner.put(paths.boundary, Buffer.from('two'));
    await expect(new ManifestLog(inner, new TestClock()).newest(name)).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('reports a damaged manifest as corrupt, with its key', async () => {
    const inner = await storeWith(1, 2);
    const bytes = await inner.get(paths.manifest(2));
    bytes[100]! ^= 4;
    await inner.put(paths.manifest(2), bytes);
    const log = new ManifestLog(inner, new TestClock());
    await expect(log.newest(name)).rejects.toMatchObject({ kind: 'corrupt', details: { key: paths.manifest(2) } });
  });
});

describe('ManifestLog.append', () => {
  it('lets one win each number, and hints at it', async () => {
    const store = new MemoryObjectStore();
    const hints = hintsOf(undefined);
    const one = new ManifestLog(store, new TestClock(), hints);
    const two = new ManifestLog(store, new TestClock());
    expect(await Promise.all([one.append(name, version(1, 'a')), two.append(name, version(1, 'b'))])).toEqual([
      true,
      false,
    ]);
    expect(hints.puts).toEqual([1]);
    expect((await two.newest(name))?.commit).toBe('a');
  });

  it('recognises its own version when the answer was lost', async () => {
    const inner = new MemoryObjectStore();
    const store = new Proxy(inner, {
      get(target, property) {
        if (property === 'putIfAbsent')
          return async (key: string, body: Uint8Array) => {
            await target.putIfAbsent(key, body);
            return false;
          };
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const log = new ManifestLog(store, new TestClock());
    expect(await log.append(name, version(1, 'a'))).toBe(true);
    expect(await log.append(name, version(1, 'b'))).toBe(false);
  });

  it('MAN-2: a writer that slept through a collection is told that it made nothing', async () => {
    const store = await storeWith(1, 40);
    const stalled = new ManifestLog(store, new TestClock());
    // It had read version 10; 11 … 40 came, then the collector: boundary first, then the old manifests.
    await new Boundary(store).raise(name, 40);
    await store.deleteMany(Array.from({ length: 39 }, (_, i) => paths.manifest(i + 1)));
    expect(await stalled.append(name, version(11, 'stalled'))).toBe(false);
    expect((await stalled.newest(name))?.version).toBe(40);
    // Nor does the stray stay behind.
    expect(await store.head(paths.manifest(11))).toBeUndefined();
  });
});

describe('newestVersion', () => {
  it('finds the end of a long log in few requests', async () => {
    const keys = new MemoryObjectStore();
    for (let v = 5; v <= 4321; v++) await keys.put(paths.manifest(v), new Uint8Array());
    const { store, calls } = counted(keys);
    expect(await newestVersion(store, name, 4)).toBe(4321);
    expect(calls.length).toBeLessThan(20);
    expect(await newestVersion(store, name, 4000)).toBe(4321);
    expect(await newestVersion(store, name, 4321)).toBeUndefined();
  });
});
