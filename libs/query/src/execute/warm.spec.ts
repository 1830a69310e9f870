import fc from 'fast-check';
import type { SegmentSource } from '#libs/segment';
import { match, phrase, prefix, RANDOM_FIELDS, randomDocuments, randomQuery, request } from '#libs/testing';
import type { SearchPartial } from '../search-partial.ts';
import { buildSegment, fieldStatistics, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';

const withoutTimes = (found: SearchPartial): unknown => ({ ...found, receipt: undefined });

describe('a search that is asked again', () => {
  const schema = testSchema(RANDOM_FIELDS);

  it('finds the same, in whatever order others come between', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocuments(25),
        fc.array(randomQuery, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 10, maxLength: 30 }),
        fc.constantFrom(false, true, 3),
        async (documents, queries, order, trackTotalHits) => {
          const half = Math.ceil(documents.length / 2);
          const segments = [await buildSegment('a', documents.slice(0, half), schema)];
          if (half < documents.length) segments.push(await buildSegment('b', documents.slice(half), schema));
          const ask = (query: (typeof queries)[number]): Promise<SearchPartial> =>
            runSearch(segments, request(query, { size: 5, trackTotalHits }), schema, fieldStatistics(segments));
          const first = [];
          for (const query of queries) first.push(withoutTimes(await ask(query)));
          for (const at of order) {
            const place = at % queries.length;
            expect(withoutTimes(await ask(queries[place]!))).toEqual(first[place]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads nothing the third time, and answers without a wait', async () => {
    const words = testSchema({ body: { type: 'text' } });
    const documents: TestDocument[] = Array.from({ length: 1500 }, (_, at) => ({
      id: `id${at}`,
      values: { body: [`all w${at % 7} v${at % 11} w${at}`] },
    }));
    let reads = 0;
    const wrap = (source: SegmentSource): SegmentSource => ({
      read: (ranges, ahead) => {
        reads++;
        return source.read(ranges, ahead);
      },
    });
    const segment = await buildSegment('s', documents, words, undefined, wrap);
    const queries = [match('body', 'w3'), match('body', 'w3 v5 all', { operator: 'and' }), match('body', 'w1 v2')];
    for (const query of [...queries, phrase('body', 'all w3'), prefix('body', 'v1')]) {
      const asked = request(query, { source: false });
      const found = await runSearch([segment], asked, words, fieldStatistics([segment]));
      await runSearch([segment], asked, words, fieldStatistics([segment]));
      reads = 0;
      // A few turns of the microtask queue are what a promise takes that waits for nothing.
      const again = runSearch([segment], asked, words, fieldStatistics([segment]));
      const state = { done: false };
      void again.then(() => (state.done = true));
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      expect({ ...state, reads }).toEqual({ done: true, reads: 0 });
      expect(withoutTimes(await again)).toEqual(withoutTimes(found));
    }
  });
});
