import { createIds, seededRandom, systemClock, type Clock } from '#libs/kernel';
import { ObjectStoreIndexCatalog } from '#libs/index';
import { MemoryObjectStore } from '#libs/object-store';
import { parseSearchRequest } from '#libs/query';
import { SearchKind } from './search-kind.ts';

const NAME = { tenant: 't', index: 'i' };

/** Two processes on one bucket: what one acknowledges, the other has not seen yet. */
function twoProcesses() {
  const store = new MemoryObjectStore({ clock: systemClock });
  const catalog = (seed: number): ObjectStoreIndexCatalog => {
    const random = seededRandom(seed);
    return new ObjectStoreIndexCatalog({ store, clock: systemClock, random, ids: createIds(systemClock, random) });
  };
  const mine = catalog(1);
  return { mine, theirs: catalog(2), kind: new SearchKind(mine) };
}

const specOf = (body: object) => ({ request: parseSearchRequest(body) });

describe('what a search is refused for before it is a job', () => {
  it.each([
    { query: { range: { rank: { gte: 1 } } } },
    { sort: ['rank'] },
    { aggs: { x: { sum: { field: 'rank' } } } },
    { sort: ['rank'], consistency: 'eventual' },
    { sort: ['rank'], consistency: 'eventual', minVersion: 2 },
  ])('is not a field of a version that another process has acknowledged: %j', async (body) => {
    const { mine, theirs, kind } = twoProcesses();
    await mine.create(NAME, { fields: { a: { type: 'long' } } });
    await theirs.extendSchema(NAME, { rank: { type: 'long' } });
    const seen = await mine.snapshot(NAME, { consistency: 'eventual' });
    expect(Object.keys(seen.schema.fields)).toEqual(['a']);
    expect(await kind.admit(specOf(body), NAME)).toBeUndefined();
  });

  it('is not an index that another process has made anew', async () => {
    const { mine, theirs, kind } = twoProcesses();
    await mine.create(NAME, {});
    await mine.drop(NAME);
    await theirs.create(NAME, {});
    expect(await kind.admit(specOf({}), NAME)).toBeUndefined();
  });

  it('is what no version has', async () => {
    const { mine, kind } = twoProcesses();
    await expect(kind.admit(specOf({}), NAME)).rejects.toMatchObject({ code: 'index_not_found' });
    await mine.create(NAME, { fields: { a: { type: 'long' } } });
    await expect(kind.admit(specOf({ sort: ['rank'] }), NAME)).rejects.toMatchObject({ code: 'unknown_field' });
  });
});

describe('the time allowed for a search', () => {
  const hanging = Promise.withResolvers<never>();
  const context = (clock: Clock) => ({
    ...NAME,
    jobId: 'j',
    clock,
    createdAt: clock.now(),
    startedAt: clock.now(),
    jobAttempt: 1,
    tries: 0,
    workers: [],
    signal: new AbortController().signal,
    task: 0,
    attempt: 1,
    progress: () => undefined,
  });

  it('ends also the reading of document frequencies, and the search goes on to say so', async () => {
    const { mine, kind } = twoProcesses();
    await mine.create(NAME, { fields: { a: { type: 'text' } } });
    mine.open = () => hanging.promise;
    const spec = specOf({ query: { match: { a: 'x' } }, searchType: 'dfs', timeout: '20ms' });
    const { shared } = await kind.plan(spec, context(systemClock));
    expect(shared.statistics).not.toHaveProperty('docFreqs');
  });

  it('ends also the opening of segments', async () => {
    const { mine, kind } = twoProcesses();
    const manifest = await mine.create(NAME, { fields: { a: { type: 'text' } } });
    const segment = { id: 's' } as (typeof manifest.segments)[number];
    mine.version = () => Promise.resolve({ ...manifest, segments: [segment] });
    mine.openOne = () => hanging.promise;
    const spec = specOf({ query: { match: { a: 'x' } }, timeout: '20ms' });
    const shared = { version: 1, statistics: { fields: {} }, segments: 1, now: 0 };
    const partial = await kind.run({ segments: ['s'] }, shared, spec, context(systemClock));
    expect(partial).toMatchObject({
      attempted: 1,
      succeeded: 0,
      failed: [{ segment: 's', error: { code: 'timeout' } }],
    });
  });
});
