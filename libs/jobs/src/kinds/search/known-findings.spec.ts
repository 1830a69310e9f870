import fc from 'fast-check';
import { systemClock } from '#libs/kernel';
import {
  compileSearch,
  finishSearch,
  searchSegments,
  type Aggregations,
  type SearchRequest,
  type SearchResult,
} from '#libs/query';
import { bool, matchAll, randomDocuments, randomQuery, randomRequest, range, request, term } from '#libs/testing';
import { IndexBench } from '../compact/compact-fixture.ts';
import { fieldStatistics, querySchema } from './manifest-view.ts';
import { SearchKind } from './search-kind.ts';

const FIELDS = {
  title: { type: 'text', fields: { keyword: { type: 'keyword' } } },
  body: { type: 'text' },
  tag: { type: 'keyword' },
  size: { type: 'long' },
  price: { type: 'double' },
  open: { type: 'boolean' },
  when: { type: 'date' },
} as const;
/** The first that a random document may have; they go on for a month. */
const FIRST_WHEN = 1_711_000_000_000;
const DAY_MS = 86_400_000;

const shown = ({ hits, total, aggs, maxScore, suggest }: SearchResult): unknown => ({
  hits,
  total,
  aggs,
  maxScore,
  suggest,
});

/** Every segment looked at, nothing remembered. */
async function exhaustive({ catalog, name }: IndexBench, asked: SearchRequest, now: number): Promise<unknown> {
  const manifest = await catalog.snapshot(name, { consistency: 'strong' });
  const schema = querySchema(manifest.schema);
  const compiled = compileSearch(asked, schema, { now });
  const opened = await catalog.open(manifest.segments);
  const options = { clock: systemClock };
  const partial = await searchSegments(opened, asked, compiled, schema, fieldStatistics(manifest), options);
  return shown(finishSearch(partial, asked, schema, { version: 1, tookMs: 0, compiled }));
}

/** As a worker does it, with what it remembers. Errors are answers too. */
async function searched(bench: IndexBench, kind: SearchKind, asked: SearchRequest, now: number) {
  await kind.admit({ request: asked }, bench.name);
  const job = await bench.plan<SearchResult>(kind, { request: asked }, { createdAt: now });
  await job.run();
  return (await job.finish()).result;
}

const outcome = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
};

const dashboardAggs: Aggregations[] = [
  {},
  {
    t: {
      type: 'terms',
      field: 'tag',
      size: 10,
      minDocCount: 1,
      order: [{ by: '_count', direction: 'desc' }],
      aggs: {},
    },
  },
  {
    d: {
      type: 'date_range',
      field: 'when',
      ranges: [{ from: 'now-10d', to: 'now' }, { to: 'now-10d' }],
      keyed: false,
      aggs: { s: { type: 'stats', field: 'size', aggs: {} } },
    },
  },
];
const bound = fc.constantFrom('now-30d', 'now-10d', 'now-3d/d', 'now', '2024-03-21', '2024-04-10');
const dashboard = fc
  .tuple(bound, bound, fc.constantFrom(...dashboardAggs), randomQuery, fc.boolean())
  .map(([gte, lt, aggs, query, isAlone]) => {
    const during = range('when', { gte, lt });
    return request(isAlone ? during : bool({ filter: [during], must: [query] }), { size: 0, from: 0, aggs });
  });

it('RESULT-1: what is remembered and left out shows in no answer, whatever is deleted, added or asked at what time', async () => {
  let left = 0;
  let remembered = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(randomDocuments(12), { minLength: 1, maxLength: 4 }),
      fc.array(
        fc
          .tuple(fc.oneof(dashboard, randomRequest), fc.constantFrom('default' as const, 'dfs' as const))
          .map(([asked, searchType]): SearchRequest => ({ ...asked, searchType })),
        { minLength: 1, maxLength: 4 },
      ),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 3 }),
      async (batches, requests, days) => {
        const bench = new IndexBench();
        await bench.create(FIELDS);
        const kind = new SearchKind(bench.catalog);
        for (const [at, batch] of batches.entries()) {
          await bench.add(batch.map(({ id, values }) => ({ _id: id, ...values })));
          if (at > 0) await bench.remove(batches[at - 1]!.slice(0, 2).map(({ id }) => id));
          for (const day of days) {
            const now = FIRST_WHEN + day * DAY_MS;
            for (const asked of requests) {
              const expected = await outcome(() => exhaustive(bench, asked, now));
              for (let time = 0; time < 3; time++) {
                const found = await outcome(() => searched(bench, kind, asked, now));
                // What is wrong with a request is found before there is a job; which of several faults is told may differ.
                if (typeof expected === 'string' || typeof found === 'string') {
                  expect([typeof expected, typeof found]).toEqual(['string', 'string']);
                  continue;
                }
                expect(shown(found as SearchResult)).toEqual(expected);
                const { shards, coverage, receipt } = found as SearchResult;
                expect({ ...shards, coverage }).toMatchObject({ successful: shards.total, failed: 0, coverage: 1 });
                left += shards.skipped;
                remembered += receipt?.['cacheHits'] ?? 0;
              }
            }
          }
        }
      },
    ),
    { numRuns: 40 },
  );
  // That the property means something.
  expect(left).toBeGreaterThan(20);
  expect(remembered).toBeGreaterThan(20);
}, 120_000);

describe('the last days of a year in twelve segments', () => {
  const perSegment = 30;
  let bench: IndexBench;
  beforeAll(async () => {
    bench = new IndexBench();
    await bench.create({ when: { type: 'date' }, tag: { type: 'keyword' } });
    for (let month = 0; month < 12; month++) {
      const documents = Array.from({ length: perSegment }, (_, day) => ({
        _id: `${month}-${day}`,
        when: FIRST_WHEN + (month * perSegment + day) * DAY_MS,
        tag: day % 2 === 0 ? 'even' : 'odd',
      }));
      await bench.add(documents);
    }
  }, 60_000);

  const aggs = dashboardAggs[1]!;
  const last = (days: number): SearchRequest =>
    request(range('when', { gte: `now-${days}d`, lt: 'now' }), { size: 0, from: 0, aggs });
  const endOfYear = FIRST_WHEN + 12 * perSegment * DAY_MS;

  it('leaves out what lies before, and opens only the segment at the edge the third time, at whatever time', async () => {
    const kind = new SearchKind(bench.catalog);
    const hour = 3_600_000;
    const asked = last(100);
    const first = await searched(bench, kind, asked, endOfYear);
    expect(first.shards).toEqual({ total: 12, successful: 12, failed: 0, skipped: 8 });
    await searched(bench, kind, asked, endOfYear + hour);
    const opened: string[] = [];
    const openOne = bench.catalog.openOne.bind(bench.catalog);
    bench.catalog.openOne = (entry, options) => {
      opened.push(entry.id);
      return openOne(entry, options);
    };
    const third = await searched(bench, kind, asked, endOfYear + 7 * hour);
    bench.catalog.openOne = openOne;
    expect(opened).toHaveLength(1);
    expect(third.total.value).toBe(99);
    expect(shown(third)).toEqual(await exhaustive(bench, asked, endOfYear + 7 * hour));
  });

  it('skips by manifest alone what is sorted by a field, and nothing where document frequencies decide scores', async () => {
    const kind = new SearchKind(bench.catalog);
    const during = range('when', { gte: 'now-20d', lt: 'now' });
    const sorted = request(bool({ must: [term('tag', 'odd')], filter: [during] }), {
      sort: [{ field: 'when', order: 'desc', missing: '_last' }],
      size: 5,
    });
    expect((await searched(bench, kind, sorted, endOfYear)).shards.skipped).toBe(11);
    const scored = { ...sorted, sort: [], searchType: 'default' as const };
    expect((await searched(bench, kind, scored, endOfYear)).shards.skipped).toBe(0);
    const dfs = { ...scored, searchType: 'dfs' as const };
    expect((await searched(bench, kind, dfs, endOfYear)).shards.skipped).toBe(11);
  });

  it('answers a search that no segment can match', async () => {
    const nothing = request(range('when', { gte: 'now+1y' }), { size: 10, aggs });
    const { shards, total, coverage } = await searched(bench, new SearchKind(bench.catalog), nothing, endOfYear);
    expect({ shards, total, coverage }).toEqual({
      shards: { total: 12, successful: 12, failed: 0, skipped: 12 },
      total: { value: 0, relation: 'eq' },
      coverage: 1,
    });
    expect((await searched(bench, new SearchKind(bench.catalog), request(matchAll()), endOfYear)).shards.skipped).toBe(
      0,
    );
  });
});
