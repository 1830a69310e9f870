import fc from 'fast-check';
import { asQuarryError, corrupt, QuarryError, seededRandom, systemClock, type Clock } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { SearchPartial, SearchRequest } from '#libs/query';
import { RANDOM_FIELDS, randomDocuments, randomRequest } from '#libs/testing';
import { threadEntry, type ThreadPool } from '#libs/threads';
import { SearchThreads } from './search-threads.ts';
import { searchFixture, searchOf, type FixtureDocument, type SearchFixture } from './search-fixture.ts';

const open: SearchFixture[] = [];
async function fixtureOf(options: Parameters<typeof searchFixture>[0]): Promise<SearchFixture> {
  const fixture = await searchFixture(options);
  open.push(fixture);
  return fixture;
}
afterEach(async () => {
  for (const fixture of open.splice(0)) await fixture.close();
});

/** All but what it cost: byte for byte. */
const bytesOf = (partials: readonly SearchPartial[]): string =>
  JSON.stringify(partials.map(({ receipt: { segments }, ...rest }) => ({ ...rest, segments })));

/** What a search comes to, also where it is refused. */
async function outcome(
  fixture: SearchFixture,
  place: 'inline' | 'threads',
  request: SearchRequest,
  over = {},
): Promise<string> {
  try {
    return bytesOf(await fixture.search(place, request, over));
  } catch (error) {
    const { kind, code, message, details } = asQuarryError(error);
    return JSON.stringify({ kind, code, message, details });
  }
}

const FIELDS = { body: { type: 'text' }, tag: { type: 'keyword' }, n: { type: 'double' } } as const;
const random = seededRandom(5);
/** `noise` is only stored: with it a segment is too large to be read as a whole when it is opened. */
const documents = (count: number): FixtureDocument[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `d${i}`,
    values: {
      body: [`amber ${i % 100} clay`],
      tag: [`t${i % 3000}`],
      n: [i / 7],
      noise: Array.from({ length: 60 }, () => Math.floor(random.next() * 2 ** 31)),
    },
  }));
const HEAVY = searchOf({
  size: 3,
  aggs: {
    tags: { terms: { field: 'tag' }, aggs: { p: { percentiles: { field: 'n' } }, s: { stats: { field: 'n' } } } },
  },
});
const BODY = searchOf({ query: { match: { body: 'clay' } } });
/** Building segments and starting threads take their time on a machine with other work. */
const PATIENCE_MS = 300_000;

describe('a search in a thread', () => {
  it(
    'gives byte for byte what it gives in the main thread',
    async () => {
      const indexes = fc.sample(fc.array(randomDocuments(30), { minLength: 1, maxLength: 3 }), { numRuns: 4, seed: 3 });
      const fixtures: SearchFixture[] = [];
      for (const segments of indexes) fixtures.push(await fixtureOf({ fields: RANDOM_FIELDS, segments }));
      const asked = fc.record({
        at: fc.nat(indexes.length - 1),
        request: randomRequest,
        more: fc.record(
          {
            explain: fc.boolean(),
            searchType: fc.constantFrom('dfs' as const, 'default' as const),
            highlight: fc.constant(searchOf({ highlight: { fields: { body: {}, title: {} } } }).highlight!),
            trackScores: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
      });
      await fc.assert(
        fc.asyncProperty(asked, async ({ at, request, more }) => {
          const fixture = fixtures[at]!;
          const wanted = { ...request, ...more };
          expect(await outcome(fixture, 'threads', wanted)).toBe(await outcome(fixture, 'inline', wanted));
        }),
        { numRuns: 150, seed: 11 },
      );
      expect(fixtures.reduce((calls, { pool }) => calls + pool.counts().calls, 0)).toBeGreaterThan(100);
    },
    PATIENCE_MS,
  );

  it(
    'PRUNE-3: tells its floor, and leaves out what one that was recorded shows to be on no page',
    async () => {
      const [low, high] = [documents(300), documents(300).map(({ id, values }) => ({ id: `h${id}`, values }))];
      const better = high.map((document) => ({ ...document, values: { ...document.values, n: [1_000] } }));
      const fixture = await fixtureOf({ fields: FIELDS, segments: [better, low], taskBytes: 1 });
      const sorted = searchOf({ size: 2, sort: [{ n: 'desc' }] });
      const there = await fixture.searchInTurn('threads', sorted);
      expect(there.map(({ floor, hits }) => [floor, hits.length])).toEqual([
        [1_000, 2],
        [undefined, 0],
      ]);
      expect(bytesOf(there)).toBe(bytesOf(await fixture.searchInTurn('inline', sorted)));
      expect(fixture.pool.counts().calls).toBe(2);
      // A search of one task has nobody to tell.
      const whole = await fixtureOf({ fields: FIELDS, segments: [better, low] });
      expect((await whole.searchInTurn('threads', sorted)).map(({ floor }) => floor)).toEqual([undefined]);
    },
    PATIENCE_MS,
  );

  it(
    'counts what was read for it, and what was at hand',
    async () => {
      const fixture = await fixtureOf({ fields: FIELDS, segments: [documents(4000)] });
      const receipts: SearchPartial['receipt'][] = [];
      for (let i = 0; i < 3; i++) receipts.push((await fixture.search('threads', HEAVY))[0]!.receipt);
      const [cold, , warm] = receipts;
      expect(cold!.gets).toBeGreaterThan(0);
      expect(cold!.bytes).toBeGreaterThan(10_000);
      expect(warm).toMatchObject({ gets: 0, bytes: 0, segments: 1 });
      expect(warm!.cacheHits).toBeGreaterThan(3);
      expect(warm!.cpuMs).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  it(
    'stays in the main thread when it is short, and goes when it is long',
    async () => {
      const fixture = await fixtureOf({ fields: FIELDS, segments: [documents(4000)], belongs: (ms) => ms >= 2 });
      const callsAfter = async (body: object): Promise<number> => {
        await fixture.search('threads', searchOf(body));
        return fixture.pool.counts().calls;
      };
      expect(await callsAfter({ query: { match: { body: '77' } } })).toBe(0);
      expect(await callsAfter({ query: { match: { body: '7 8 clay' } }, sort: ['n'] })).toBe(0);
      expect(await callsAfter({ query: { wildcard: { tag: 't77*' } } })).toBe(0);
      expect(await callsAfter({ aggs: { tags: { terms: { field: 'tag' } } } })).toBe(1);
      expect(await callsAfter({ size: 2000 })).toBe(2);
      expect(await callsAfter({ aggs: { s: { cardinality: { field: 'tag' } }, w: { stats: { field: 'n' } } } })).toBe(
        2,
      );
    },
    PATIENCE_MS,
  );
});

describe('what can go wrong with a search in a thread', () => {
  it(
    'a cancel ends it in the midst of a segment, and the thread goes on',
    async () => {
      const fixture = await fixtureOf({ fields: FIELDS, segments: [documents(4000)] });
      const abort = new AbortController();
      const tags = { terms: { field: 'tag', size: 1 }, aggs: { c: { stats: { field: 'n' } } } };
      const long = searchOf({
        size: 0,
        aggs: Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`a${i}`, tags])),
      });
      const ended = outcome(fixture, 'threads', long, { signal: abort.signal });
      await until(() => fixture.pool.counts().running === 1);
      abort.abort();
      expect(JSON.parse(await ended)).toMatchObject({ kind: 'cancelled' });
      expect(bytesOf(await fixture.search('threads', HEAVY))).toBe(bytesOf(await fixture.search('inline', HEAVY)));
    },
    PATIENCE_MS,
  );

  it(
    'its time is over: the segments say so, as in the main thread',
    async () => {
      const fixture = await fixtureOf({ fields: FIELDS, segments: [documents(500)] });
      // Half of the request's time is over when the main thread hands it on, all of it when the other has been started.
      const clock = skippingClock();
      const [partial] = await fixture.search('threads', { ...HEAVY, timeoutMs: 60_000 }, { clock: clock.at(30_000) });
      expect(partial).toMatchObject({ attempted: 1, succeeded: 1 });
      const [late] = await fixture.search('threads', { ...HEAVY, timeoutMs: 60_000 }, { clock: clock.at(70_000) });
      expect(late).toMatchObject({ attempted: 1, succeeded: 0, failed: [{ error: { code: 'timeout' } }] });
    },
    PATIENCE_MS,
  );

  it(
    'a thread that dies: the search is run in another',
    async () => {
      let pool: ThreadPool | undefined;
      const gate = Promise.withResolvers<void>();
      const reading = Promise.withResolvers<void>();
      let gated = true;
      const fixture = await fixtureOf({
        fields: FIELDS,
        segments: [documents(4000)],
        entry: threadEntry('../../threads/mortal-search-thread-fixture', import.meta.url),
        wrap: (store) =>
          reads(store, async () => {
            if (!gated || !pool || pool.counts().running === 0) return;
            reading.resolve();
            await gate.promise;
          }),
      });
      pool = fixture.pool;
      const sorted = searchOf({ size: 5, sort: ['n'] });
      const ended = fixture.search('threads', sorted);
      await reading.promise;
      gated = false;
      await fixture.pool.run('die', 0).catch(() => {});
      gate.resolve();
      expect(bytesOf(await ended)).toBe(bytesOf(await fixture.search('inline', sorted)));
      expect(fixture.pool.counts()).toMatchObject({ lost: 1, running: 0 });
    },
    PATIENCE_MS,
  );

  it.each([
    ['corrupt', () => corrupt('rot')],
    ['store_unavailable', () => new QuarryError('unavailable', 'it is away', { code: 'store_unavailable' })],
  ])(
    'what cannot be read is a failed shard there as here: %s',
    async (code, failure) => {
      let fails = false;
      const fixture = await fixtureOf({
        fields: FIELDS,
        segments: [documents(4000), [{ id: 'x', values: { body: ['amber'], n: [1], tag: ['y'] } }]],
        wrap: (store) =>
          reads(store, () => {
            if (fails) throw failure();
          }),
      });
      // Opened in both places, and the dictionaries are in the cache.
      await fixture.search('threads', searchOf({ size: 0, query: { match: { body: 'clay nowhere' } } }));
      fails = true;
      const there = await outcome(fixture, 'threads', BODY);
      expect(there).toBe(await outcome(fixture, 'inline', BODY));
      expect(there).toContain(code);
      expect(fixture.pool.counts().calls).toBe(2);
    },
    PATIENCE_MS,
  );

  it('more wait than may: it runs in the main thread', async () => {
    const pool = { run: () => Promise.reject(new QuarryError('overloaded', 'full', { code: 'threads_busy' })) };
    const { signal } = new AbortController();
    const shared = { version: 1, statistics: { fields: {} }, now: 0 };
    const search = { name: { tenant: 't', index: 'i' }, segments: ['s'], request: HEAVY, shared, tellsFloor: false };
    const asked = { search, deadline: undefined, signal, onFound: undefined };
    const threads = new SearchThreads(pool, systemClock);
    expect(await threads.take(1_000, () => asked)).toBeUndefined();
    expect(threads.take(1, () => asked)).toBeUndefined();
  });

  it('two threads die over it: it fails, and the runtime knows how', async () => {
    let tries = 0;
    const pool = {
      run: () => {
        tries++;
        return Promise.reject(new QuarryError('internal', 'gone', { code: 'thread_lost' }));
      },
    };
    const { signal } = new AbortController();
    const shared = { version: 1, statistics: { fields: {} }, now: 0 };
    const search = { name: { tenant: 't', index: 'i' }, segments: ['s'], request: HEAVY, shared, tellsFloor: false };
    const asked = { search, deadline: undefined, signal, onFound: undefined };
    const threads = new SearchThreads(pool, systemClock);
    await expect(threads.take(1_000, () => asked)).rejects.toMatchObject({ code: 'thread_lost' });
    expect(tries).toBe(2);
  });
});

/** A clock that has gone on by so many ms since the job began, as far as deadlines go. */
const skippingClock = () => ({
  at: (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms }),
});

/** A store whose reads go through `before` first. */
const reads = (store: ObjectStore, before: () => void | Promise<void>): ObjectStore =>
  new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...given: unknown[]) => unknown;
      if (name !== 'get' && name !== 'getRanges') return method;
      return async (...given: unknown[]) => {
        await before();
        return method(...given);
      };
    },
  });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
