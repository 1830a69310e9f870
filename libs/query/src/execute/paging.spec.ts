import fc from 'fast-check';
import { RANDOM_FIELDS, match, matchAll, randomDocuments, randomRequest, request, term } from '#libs/testing';
import { finishSearch } from '../present/finish-search.ts';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import { dfsStatistics, runSearch } from '../testing/run-search.ts';
import { planSort } from './sort-plan.ts';

const schema = testSchema(RANDOM_FIELDS);

describe('searchAfter', () => {
  it('pages through all hits, each once, in the order of one big page', async () => {
    await fc.assert(
      fc.asyncProperty(randomDocuments(30), randomRequest, fc.func(fc.nat(2)), async (documents, random, segmentOf) => {
        const groups = [...Map.groupBy(documents, ({ id }) => segmentOf(id)).values()];
        const segments = await Promise.all(groups.map((group, at) => buildSegment(`s${at}`, group, schema)));
        const base = { ...random, from: 0, aggs: {} };
        const statistics = await dfsStatistics(segments, base, schema);
        const page = async (options: object): Promise<ReturnType<typeof finishSearch>['hits']> => {
          const asked = { ...base, ...options };
          const partial = await runSearch(segments, asked, schema, statistics);
          expect(partial.failed).toEqual([]);
          return finishSearch(partial, asked, schema, { version: 1, tookMs: 0 }).hits;
        };
        const all = await page({ size: 100 });
        const paged: (typeof all)[number][] = [];
        for (let searchAfter: unknown; ; searchAfter = JSON.parse(JSON.stringify(paged.at(-1)!.sort))) {
          const hits = await page({ size: 4, ...(searchAfter !== undefined && { searchAfter }) });
          if (hits.length === 0) break;
          paged.push(...hits);
          expect(paged.length).toBeLessThanOrEqual(all.length);
        }
        expect(paged).toEqual(all);
      }),
      { numRuns: 120 },
    );
  });

  it('fills a later page where one word alone scores less than the page before', async () => {
    const texts = [
      ...Array<string>(10).fill('a b'),
      ...Array<string>(40).fill('b c'),
      ...Array<string>(200).fill('c d'),
    ];
    const documents = texts.map((text, at) => ({ id: String(at), values: { title: [text] } }));
    const titles = testSchema({ title: { type: 'text' } });
    const segment = await buildSegment('s', documents, titles);
    const pageOf = async (options: object): Promise<readonly string[]> => {
      const { hits } = await runSearch([segment], request(match('title', 'a b'), { size: 10, ...options }), titles);
      return hits.map(({ id }) => id);
    };
    const all = await runSearch([segment], request(match('title', 'a b'), { size: 100 }), titles);
    const { score, id } = all.hits[9]!;
    for (const trackTotalHits of [false, true]) {
      expect(await pageOf({ trackTotalHits, searchAfter: [score, id] })).toEqual(
        all.hits.slice(10, 20).map((hit) => hit.id),
      );
    }
  });

  it('finds its place among ids that a segment does not have', async () => {
    const documents = Array.from({ length: 5000 }, (_, at) => ({
      id: String(at * 2).padStart(6, '0'),
      values: { tag: ['a'] },
    }));
    const segment = await buildSegment('s', documents, schema);
    for (const [after, first] of [
      ['', 0],
      ['000001', 2],
      ['005555', 5556],
      ['009997', 9998],
      ['zz', undefined],
    ] as const) {
      const { hits } = await runSearch([segment], request(matchAll(), { size: 1, searchAfter: [1, after] }), schema);
      expect(hits.map(({ id }) => Number(id))).toEqual(first === undefined ? [] : [first]);
    }
  });

  it('without an id begins behind all hits of the same values', async () => {
    const documents = ['a', 'b', 'c', 'd'].map((id, at) => ({ id, values: { size: [at >> 1], tag: ['t'] } }));
    const segment = await buildSegment('s', documents, schema);
    const sort = [{ field: 'size', order: 'asc', missing: '_last' }] as const;
    const { hits } = await runSearch([segment], request(term('tag', 't'), { sort, searchAfter: [0] }), schema);
    expect(hits.map(({ id }) => id)).toEqual(['c', 'd']);
  });

  it.each([
    [[], [1, 'a', 2], 'bad_search_after'],
    [[], ['x'], 'bad_search_after'],
    [[], [1, 7], 'bad_search_after'],
    [['size'], ['x'], 'bad_value'],
    [['body'], undefined, 'field_type_mismatch'],
    [['nowhere'], undefined, 'unknown_field'],
  ])('sort %j after %j is %s', (fields, searchAfter, code) => {
    const sort = fields.map((field) => ({ field, order: 'asc', missing: '_last' }) as const);
    expect(() => planSort({ sort, ...(searchAfter && { searchAfter }) }, schema, 0)).toThrow(
      expect.objectContaining({ kind: 'invalid', code }),
    );
  });
});
