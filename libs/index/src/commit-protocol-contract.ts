import type { ObjectStore } from '#libs/object-store';
import { Boundary } from './boundary.ts';
import { catalogOn, liveDocuments, LOGS, newest, writeSegment, type TestDocument } from './commit-fixture.ts';
import type { Change, IndexCatalog } from './index-catalog.ts';
import { objectPaths } from './object-paths.ts';

/** Many commits on a busy machine; a second or two on an idle one. */
const MANY_MS = 60_000;

export interface OpenedStore {
  /** Empty. */
  readonly store: ObjectStore;
  readonly close: () => Promise<void>;
}

const documents = (prefix: string, count: number, value = 0): TestDocument[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${prefix}${String(i).padStart(4, '0')}`, value }));

/** What a commit promises, on whatever store: run by every kind of store that Quarry supports. */
export function commitProtocolContract(kind: string, open: () => Promise<OpenedStore>): void {
  describe(`the commit protocol on the ${kind} store`, () => {
    let store: ObjectStore;
    let close: () => Promise<void>;
    let catalog: IndexCatalog;

    beforeEach(async () => {
      ({ store, close } = await open());
      catalog = catalogOn(store);
      await catalog.create(LOGS, {});
    });
    afterEach(() => close());

    const change = async (job: string, ...segments: TestDocument[][]): Promise<Change> => ({
      job,
      segments: await Promise.all(segments.map((docs) => writeSegment(store, catalog, docs))),
    });

    it('replaces documents by _id and counts them', async () => {
      const first = await catalog.commit(LOGS, await change('j1', documents('a', 10, 1)));
      expect(first).toMatchObject({ id: 'j1', version: 2, indexed: 10, updated: 0, deleted: 0 });
      const second = await catalog.commit(LOGS, await change('j2', [...documents('a', 3, 2), { id: 'b', value: 2 }]));
      expect(second).toMatchObject({ id: 'j2', version: 3, indexed: 4, updated: 3, deleted: 0 });
      const third = await catalog.commit(LOGS, { job: 'j3', segments: [], deleteIds: ['a0009', 'b', 'b', 'none'] });
      expect(third).toMatchObject({ version: 4, indexed: 0, updated: 0, deleted: 2 });

      const manifest = await newest(catalogOn(store));
      expect(await liveDocuments(catalog, manifest)).toEqual(
        new Map([...documents('a', 3, 2), ...documents('a', 9, 1).slice(3)].map(({ id, value }) => [id, value])),
      );
      expect(manifest.jobs.map(({ id }) => id)).toEqual(['j1', 'j2', 'j3']);
      expect(manifest.segments.every(({ superseded }) => superseded.length === 0)).toBe(true);
    });

    it('lets the last one win where a job has an _id more than once, in one segment or in several', async () => {
      const done = await catalog.commit(
        LOGS,
        await change(
          'j1',
          [
            { id: 'a', value: 1 },
            { id: 'b', value: 1 },
            { id: 'a', value: 2 },
          ],
          [{ id: 'b', value: 3 }],
        ),
      );
      expect(done).toMatchObject({ indexed: 2, updated: 0 });
      expect(await liveDocuments(catalog, await newest(catalog))).toEqual(
        new Map([
          ['a', 2],
          ['b', 3],
        ]),
      );
    });

    it('deletes before it adds', async () => {
      await catalog.commit(LOGS, await change('j1', documents('a', 2, 1)));
      const both = { ...(await change('j2', documents('a', 1, 2))), deleteIds: ['a0000', 'a0001'] };
      expect(await catalog.commit(LOGS, both)).toMatchObject({ indexed: 1, updated: 0, deleted: 2 });
      expect(await liveDocuments(catalog, await newest(catalog))).toEqual(new Map([['a0000', 2]]));
    });

    it('takes a segment out whose documents are all deleted, and keeps the versions before as they were', async () => {
      await catalog.commit(LOGS, await change('j1', documents('a', 3, 1)));
      const before = await newest(catalog);
      await catalog.commit(LOGS, await change('j2', documents('a', 3, 2)));
      const after = await newest(catalog);
      expect(after.segments.map(({ job }) => job)).toEqual(['j2']);
      expect([...(await liveDocuments(catalog, await catalog.version(LOGS, before.version))).values()]).toEqual([
        1, 1, 1,
      ]);
    });

    it('JOB-4: answers a job that is contained with what was recorded', async () => {
      const first = await change('j1', documents('a', 3, 1));
      const recorded = await catalog.commit(LOGS, first);
      await catalog.commit(LOGS, await change('j2', documents('a', 3, 2)));
      expect(await catalog.commit(LOGS, first)).toEqual(recorded);
      expect(await catalogOn(store).commit(LOGS, first)).toEqual(recorded);
      expect((await newest(catalog)).version).toBe(3);
      expect([...(await liveDocuments(catalog, await newest(catalog))).values()]).toEqual([2, 2, 2]);
    });

    it('folds what waits into one version, each caller with its own record', async () => {
      const changes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => change(`j${i}`, documents(`k${i}-`, 2, i))),
      );
      const done = await Promise.all([...changes, ...changes].map((each) => catalog.commit(LOGS, each)));
      expect(done.map(({ id }) => id)).toEqual([...changes, ...changes].map(({ job }) => job));
      expect(done.slice(20)).toEqual(done.slice(0, 20));
      const manifest = await newest(catalog);
      expect(manifest.version).toBeLessThanOrEqual(4);
      expect(manifest.jobs).toHaveLength(20);
      expect((await liveDocuments(catalog, manifest)).size).toBe(40);
    });

    it('a change of a group that fails takes no other with it', async () => {
      const good = await change('good', documents('a', 2));
      const gone = await change('gone', documents('b', 2));
      await store.deleteMany(gone.segments.map(({ key }) => key));
      const outcomes = await Promise.allSettled([catalog.commit(LOGS, gone), catalog.commit(LOGS, good)]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
      expect(outcomes[0]).toMatchObject({ reason: { code: 'object_not_found' } });
      expect((await newest(catalog)).jobs.map(({ id }) => id)).toEqual(['good']);
    });

    it(
      'MAN-1, JOB-4: committers in many processes make dense versions, every job once, no document lost or doubled',
      async () => {
        const committers = Array.from({ length: 6 }, () => catalogOn(store));
        const expected = new Map<string, number>();
        const work = committers.map(async (committer, c) => {
          for (let round = 0; round < 4; round++) {
            // Each has documents of its own, and one that all of them fight for.
            const own = documents(`c${c}-r${round % 2}-`, 5, round);
            const next = await change(`job-${c}-${round}`, [...own, { id: 'shared', value: c * 100 + round }]);
            // Delivered twice, to two processes.
            const other = committers[(c + 1) % committers.length]!;
            const [one, two] = await Promise.all([committer.commit(LOGS, next), other.commit(LOGS, next)]);
            expect(one).toEqual(two);
            for (const { id, value } of own) expected.set(id, value);
          }
        });
        await Promise.all(work);

        const manifest = await newest(catalogOn(store));
        const live = await liveDocuments(catalog, manifest);
        const last = manifest.jobs.at(-1)!.id.split('-').map(Number);
        expected.set('shared', last[1]! * 100 + last[2]!);
        expect(live).toEqual(expected);
        expect(manifest.jobs.map(({ id }) => id).toSorted()).toEqual(
          committers.flatMap((_, c) => [0, 1, 2, 3].map((round) => `job-${c}-${round}`)).toSorted(),
        );
        const keys: string[] = [];
        for await (const { key } of store.list(objectPaths(LOGS).manifests)) keys.push(key);
        expect(keys).toEqual(Array.from({ length: manifest.version }, (_, i) => objectPaths(LOGS).manifest(i + 1)));
      },
      MANY_MS,
    );

    it('resolves deletes again, against the segments that arrived while it lost', async () => {
      const other = catalogOn(store);
      const rival = await change('rival', documents('a', 4, 1));
      const mine = await change('mine', documents('a', 2, 2));
      // The rival wins the very number that `mine` is about to create.
      let raced = false;
      const racing: ObjectStore = new Proxy(store, {
        get(target, property) {
          const value: unknown = Reflect.get(target, property, target);
          if (property !== 'putIfAbsent') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          return async (key: string, body: Uint8Array) => {
            if (!raced) {
              raced = true;
              await other.commit(LOGS, rival);
            }
            return target.putIfAbsent(key, body);
          };
        },
      });
      const done = await catalogOn(racing).commit(LOGS, mine);
      expect(done).toMatchObject({ version: 3, indexed: 2, updated: 2 });
      expect([...(await liveDocuments(catalog, await newest(catalog))).values()].toSorted((x, y) => x - y)).toEqual([
        1, 1, 2, 2,
      ]);
    });

    it("keeps the winner's bitmap, whatever the loser of the same version writes after it", async () => {
      await catalog.commit(LOGS, await change('j1', documents('a', 4, 1)));
      const rival = catalogOn(store);
      let raced = false;
      const racing: ObjectStore = new Proxy(store, {
        get(target, property) {
          const value: unknown = Reflect.get(target, property, target);
          if (property !== 'put') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          return async (key: string, body: Uint8Array) => {
            if (!raced) {
              raced = true;
              await rival.commit(LOGS, { job: 'rival', segments: [], deleteIds: ['a0000'] });
            }
            return target.put(key, body);
          };
        },
      });
      await catalogOn(racing).commit(LOGS, { job: 'mine', segments: [], deleteIds: ['a0003'] });
      const versions = await Promise.all([3, 4].map((version) => catalog.version(LOGS, version)));
      const live = await Promise.all(versions.map((manifest) => liveDocuments(catalogOn(store), manifest)));
      expect(live.map((each) => [...each.keys()])).toEqual([
        ['a0001', 'a0002', 'a0003'],
        ['a0001', 'a0002'],
      ]);
    });

    it('MAN-2: a commit that stalled while its number was collected is done anew, and not reported before', async () => {
      const late = await change('late', documents('z', 2, 9));
      const paths = objectPaths(LOGS);
      let stalled = false;
      const stalling: ObjectStore = new Proxy(store, {
        get(target, property) {
          const value: unknown = Reflect.get(target, property, target);
          if (property !== 'putIfAbsent') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          return async (key: string, body: Uint8Array) => {
            if (!stalled) {
              // Its process sleeps before version 2: others make 2 … 6, a collector removes all but the newest.
              stalled = true;
              for (let i = 0; i < 5; i++) await catalog.commit(LOGS, await change(`j${i}`, documents(`d${i}-`, 1, i)));
              await new Boundary(store).raise(LOGS, 6);
              await store.deleteMany([1, 2, 3, 4, 5].map((v) => paths.manifest(v)));
            }
            return target.putIfAbsent(key, body);
          };
        },
      });
      const done = await catalogOn(stalling).commit(LOGS, late);
      expect(done.version).toBe(7);
      const manifest = await newest(catalogOn(store));
      expect(manifest.version).toBe(7);
      expect(manifest.jobs.map(({ id }) => id)).toEqual(['j0', 'j1', 'j2', 'j3', 'j4', 'late']);
      expect((await liveDocuments(catalog, manifest)).size).toBe(7);
    });
  });
}
