import { kindOf } from '#libs/kernel';
import { failCall, FaultyObjectStore, MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import { catalogOn, liveDocuments, LOGS, newest, writeSegment } from './commit-fixture.ts';
import type { Change } from './index-catalog.ts';
import { objectPaths } from './object-paths.ts';

const MOMENTS = ['before', 'after'] as const;
type Moment = (typeof MOMENTS)[number];

/** Fails the first call, then the second …, of `operation`, each on a new store, until one goes through without. */
async function failEveryCall(
  at: Moment,
  prepare: (store: ObjectStore) => Promise<void>,
  operation: (failing: ObjectStore) => Promise<void>,
  check: (store: ObjectStore, nth: number) => Promise<void>,
): Promise<number> {
  for (let nth = 0; ; nth++) {
    const store = new MemoryObjectStore();
    await prepare(store);
    const failing = new FaultyObjectStore(store, failCall(nth, { at }));
    const [outcome] = await Promise.allSettled([operation(failing)]);
    // The store's error or none: a failure is neither hidden behind another nor made into one.
    expect(outcome.status === 'rejected' ? kindOf(outcome.reason) : 'unavailable').toBe('unavailable');
    await check(store, nth);
    if (failing.faults === 0) return nth;
  }
}

describe.each(MOMENTS)('when a request fails %s its effect', (moment) => {
  it('JOB-4: a commit that is tried again has happened once', async () => {
    const changes = new Map<ObjectStore, Change>();
    const prepare = async (store: ObjectStore): Promise<void> => {
      const catalog = catalogOn(store);
      await catalog.create(LOGS, {});
      const old = await writeSegment(
        store,
        catalog,
        ['a', 'b', 'c', 'd'].map((id) => ({ id, value: 1 })),
      );
      await catalog.commit(LOGS, { job: 'old', segments: [old] });
      const segments = [
        await writeSegment(store, catalog, [
          { id: 'a', value: 2 },
          { id: 'e', value: 2 },
        ]),
        await writeSegment(store, catalog, [{ id: 'e', value: 3 }]),
      ];
      changes.set(store, { job: 'new', segments, deleteIds: ['d'] });
    };
    let current: ObjectStore;
    const calls = await failEveryCall(
      moment,
      async (store) => prepare((current = store)),
      async (failing) => void (await catalogOn(failing).commit(LOGS, changes.get(current)!)),
      async (store, nth) => {
        const catalog = catalogOn(store);
        const done = await catalog.commit(LOGS, changes.get(store)!);
        expect({ nth, ...done }).toMatchObject({ nth, id: 'new', version: 3, indexed: 2, updated: 1, deleted: 1 });
        const manifest = await newest(catalog);
        expect(manifest.version).toBe(3);
        expect(manifest.jobs.map(({ id }) => id)).toEqual(['old', 'new']);
        const live = await liveDocuments(catalog, manifest);
        expect([...live].toSorted(([x], [y]) => (x < y ? -1 : 1))).toEqual([
          ['a', 2],
          ['b', 1],
          ['c', 1],
          ['e', 3],
        ]);
      },
    );
    expect(calls).toBeGreaterThan(8);
  });

  it('a drop that is tried again leaves nothing but manifests, and no index', async () => {
    const calls = await failEveryCall(
      moment,
      async (store) => {
        const catalog = catalogOn(store);
        await catalog.create(LOGS, {});
        const docs = ['a', 'b'].map((id) => ({ id, value: 1 }));
        await catalog.commit(LOGS, { job: 'j', segments: [await writeSegment(store, catalog, docs)] });
        await catalog.commit(LOGS, { job: 'd', segments: [], deleteIds: ['a'] });
        await store.put(catalog.stagingKey(LOGS, 'j', 'upload'), new Uint8Array(3));
      },
      (failing) => catalogOn(failing).drop(LOGS),
      async (store) => {
        const again = catalogOn(store);
        const [dropped] = await Promise.allSettled([again.drop(LOGS)]);
        expect(dropped.status === 'rejected' ? kindOf(dropped.reason) : 'not-found').toBe('not-found');
        const keys: string[] = [];
        for await (const { key } of store.list('')) keys.push(key);
        expect(keys.filter((key) => !key.startsWith(objectPaths(LOGS).manifests))).toEqual([]);
        await expect(newest(again)).rejects.toMatchObject({ code: 'index_not_found' });
        expect((await again.create(LOGS, {})).version).toBe(5);
      },
    );
    expect(calls).toBeGreaterThan(8);
  });
});
