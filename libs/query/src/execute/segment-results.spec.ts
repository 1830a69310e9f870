import fc from 'fast-check';
import { systemClock } from '#libs/kernel';
import { bool, RANDOM_FIELDS, randomDocuments, randomQuery, request } from '#libs/testing';
import { compileSearch } from '../compile/compile-query.ts';
import type { Clause } from '../compile/compiled-query.ts';
import type { SearchRequest } from '../search-request.ts';
import { buildSegment, fieldStatistics, testSchema } from '../testing/build-segments.ts';
import { searchSegments } from './search-segments.ts';
import { filterKey, type SegmentResultCache } from './segment-results.ts';

const schema = testSchema(RANDOM_FIELDS);

/** Keeps everything at once, frozen in what it was. */
function keepAll(): SegmentResultCache & { hits: number } {
  const kept = new Map<string, Uint32Array>();
  const cache = {
    minDocCount: 0,
    hits: 0,
    filter: (segment: string, key: string) => {
      const docs = kept.get(`${segment} ${key}`);
      if (docs) cache.hits++;
      return docs;
    },
    offerFilter: (segment: string, key: string, docs: Uint32Array) => void kept.set(`${segment} ${key}`, docs.slice()),
  };
  return cache;
}

it('changes no answer: searches with kept filters are those without, deletes and all', async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(
      randomDocuments(25),
      fc.array(fc.tuple(randomQuery, randomQuery, randomQuery), { minLength: 1, maxLength: 5 }),
      fc.func(fc.nat(5)),
      async (documents, queries, isDeleted) => {
        const deleted = new Set(documents.map(({ id }) => id).filter((id) => isDeleted(id) === 0));
        const results = keepAll();
        // The same segment with other deletes, as a later version has it.
        const segments = [
          await buildSegment('s', documents, schema),
          await buildSegment('s', documents, schema, deleted),
        ];
        for (const [must, filter, mustNot] of [...queries, ...queries]) {
          const asked = request(bool({ must: [must], filter: [filter], mustNot: [mustNot] }), { size: 100 });
          for (const segment of segments) {
            const search = async (options: { results?: SegmentResultCache }, body: SearchRequest) => {
              const { receipt: _, ...rest } = await searchSegments(
                [segment],
                body,
                compileSearch(body, schema, { now: 0 }),
                schema,
                fieldStatistics([segment]),
                { clock: systemClock, ...options },
              );
              return rest;
            };
            expect(await search({ results }, asked)).toEqual(await search({}, asked));
          }
        }
        hits += results.hits;
      },
    ),
    { numRuns: 80 },
  );
  expect(hits).toBeGreaterThan(10);
});

describe('the name of a filter', () => {
  const numbers = (min: number, max: number): Clause => ({
    kind: 'numbers',
    field: 'n',
    ranges: [{ min, max }],
    boost: 1,
  });

  it('tells apart what JSON does not', () => {
    const keys = [
      numbers(-Infinity, 5),
      numbers(Infinity, 5),
      numbers(NaN, 5),
      numbers(0, 5),
      numbers(-0, 5),
      { ...numbers(0, 5), field: 'm' } as Clause,
    ].map((clause) => filterKey(clause));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.every((key) => key !== undefined)).toBe(true);
    expect(filterKey(numbers(1, 2))).toBe(filterKey(numbers(1, 2)));
  });

  it('is not given to what depends on scores, nor to a single word', () => {
    const all: Clause = { kind: 'all', boost: 1 };
    const scored = { kind: 'min_score', clause: all, minScore: 1 } as unknown as Clause;
    const within = { kind: 'bool', must: [scored], filter: [], should: [], mustNot: [], minimumShouldMatch: 0 };
    expect([scored, within as unknown as Clause, all].map((clause) => filterKey(clause))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
