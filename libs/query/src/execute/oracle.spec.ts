import fc from 'fast-check';
import { RANDOM_FIELDS, randomDocuments, randomQuery, request } from '#libs/testing';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import { NaiveSearch } from '../testing/naive-search.ts';
import { runSearch } from '../testing/run-search.ts';

const schema = testSchema(RANDOM_FIELDS);

describe('searchSegments', () => {
  it('finds and scores what the oracle does, for random queries over random documents', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocuments(25),
        fc.array(randomQuery, { minLength: 1, maxLength: 8 }),
        fc.func(fc.nat(5)),
        async (documents, queries, isDeleted) => {
          const deleted = new Set(documents.map(({ id }) => id).filter((id) => isDeleted(id) === 0));
          const segment = await buildSegment('s', documents, schema, deleted);
          const oracle = new NaiveSearch(documents, schema, deleted);
          for (const query of queries) {
            const expected = oracle.search(query);
            const { hits, total, failed } = await runSearch([segment], request(query, { size: 100 }), schema);
            expect(failed).toEqual([]);
            expect(total).toEqual({ value: expected.length, relation: 'eq' });
            // Sums in another order differ in their last bits, and so may the order of near ties.
            const scores = new Map(hits.map(({ id, score }) => [id, score]));
            expect([...scores.keys()].toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
            for (const { id, score } of expected) expect(scores.get(id)).toBeCloseTo(score, 9);
            for (let i = 1; i < hits.length; i++) expect(hits[i - 1]!.score!).toBeGreaterThanOrEqual(hits[i]!.score!);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
