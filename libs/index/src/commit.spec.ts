import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIds, seededRandom, systemClock } from '#libs/kernel';
import { FileObjectStore, MemoryObjectStore } from '#libs/object-store';
import { Boundary } from './boundary.ts';
import { catalogOn, LOGS, newest, writeSegment } from './commit-fixture.ts';
import { commitProtocolContract } from './commit-protocol-contract.ts';
import { objectPaths } from './object-paths.ts';
import { KEPT_JOBS } from './version-draft.ts';

commitProtocolContract('memory', async () => ({ store: new MemoryObjectStore(), close: async () => {} }));

commitProtocolContract('file', async () => {
  const root = await mkdtemp(join(tmpdir(), 'quarry-index-'));
  const store = new FileObjectStore({ root });
  const close = async (): Promise<void> => {
    await store.close();
    await rm(root, { recursive: true, force: true, maxRetries: 10 });
  };
  return { store, close };
});

describe('the jobs of a manifest', () => {
  const ids = createIds(systemClock, seededRandom(7));

  it('JOB-4: stay known beyond the rows that the newest manifest has', async () => {
    const store = new MemoryObjectStore();
    const catalog = catalogOn(store);
    await catalog.create(LOGS, {});
    const early = { job: ids.next(), segments: [await writeSegment(store, catalog, [{ id: 'a', value: 1 }])] };
    const recorded = await catalog.commit(LOGS, early);
    const others = Array.from({ length: KEPT_JOBS * 2 + 50 }, () => ({ job: ids.next(), segments: [], deleteIds: [] }));
    await Promise.all(others.map((other) => catalog.commit(LOGS, other)));
    const manifest = await newest(catalog);
    expect(manifest.jobs).toHaveLength(KEPT_JOBS);
    expect(manifest.jobs.some(({ id }) => id === early.job)).toBe(false);

    expect(await catalogOn(store).commit(LOGS, early)).toEqual(recorded);
    // And every other one, also those whose version was cut apart in the middle.
    const another = catalogOn(store);
    const again = await Promise.all(others.map((other) => another.commit(LOGS, other)));
    expect(again.map(({ id }) => id)).toEqual(others.map(({ job }) => job));
    expect((await newest(catalogOn(store))).version).toBe(manifest.version);

    // Where the history is gone it is not guessed.
    const paths = objectPaths(LOGS);
    await new Boundary(store).raise(LOGS, manifest.version);
    await store.deleteMany(Array.from({ length: manifest.version - 1 }, (_, i) => paths.manifest(i + 1)));
    await expect(catalogOn(store).commit(LOGS, early)).rejects.toMatchObject({ code: 'job_too_old' });
    expect(await catalogOn(store).commit(LOGS, { ...others.at(-1)! })).toMatchObject({ id: others.at(-1)!.job });
  });
});
