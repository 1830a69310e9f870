import fc from 'fast-check';
import type { SegmentSource } from '#libs/segment';
import { RANDOM_FIELDS, randomDocuments } from '#libs/testing';
import { finishSearch } from '../present/finish-search.ts';
import type { SearchableSegment } from '../search.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { buildSegment, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';

const schema = testSchema(RANDOM_FIELDS);
const extra: TestDocument = { id: 'deleted', values: { title: ['zz'], tag: ['zz'], size: [1e6], when: [0] } };

async function answer(segment: SearchableSegment, body: object): Promise<unknown> {
  const request = parseSearchRequest({ size: 0, track_total_hits: true, ...body });
  const partial = await runSearch([segment], request, schema);
  expect(partial.failed).toEqual([]);
  const { total, aggs } = finishSearch(partial, request, schema, { version: 1, tookMs: 0 });
  return JSON.parse(JSON.stringify({ total, aggs }));
}

const field = fc.constantFrom('title', 'title.raw', 'tag', 'size', 'price', 'when', 'open', 'nowhere');
const exists = field.map((name) => ({ exists: { field: name } }));
const term = fc.constantFrom('a', 'b', 'none').map((value) => ({ term: { tag: value } }));
const counted = fc.oneof(
  fc.constant({ match_all: {} }),
  exists,
  term,
  fc.oneof(exists, term).map((query) => ({ bool: { must_not: [query] } })),
);
const columns = fc.constantFrom('tag', 'size', 'when', 'open', 'nowhere');
const numbers = fc.constantFrom('size', 'when', 'open', 'nowhere');
const aggregation = fc.oneof(
  columns.map((name) => ({ terms: { field: name, size: 5 } })),
  columns.map((name) => ({ terms: { field: name, min_doc_count: 0 } })),
  fc.tuple(fc.constantFrom('min', 'max'), numbers).map(([type, name]) => ({ [type]: { field: name } })),
  columns.map((name) => ({ value_count: { field: name } })),
  columns.map((name) => ({ missing: { field: name } })),
  counted.map((query) => ({ filter: query })),
  fc.array(counted, { minLength: 1, maxLength: 3 }).map((filters) => ({ filters: { filters } })),
  fc.constant({ terms: { field: 'tag' }, aggs: { m: { max: { field: 'size' } } } }),
  fc.constant({ global: {} }),
);

describe('what is told without looking at documents', () => {
  it('is what one finds when every document is looked at', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocuments(30),
        fc.array(fc.tuple(counted, fc.array(aggregation, { maxLength: 3 })), { minLength: 1, maxLength: 6 }),
        async (documents, asked) => {
          const told = await buildSegment('told', documents, schema);
          // A segment with deletes is always looked through.
          const looked = await buildSegment('looked', [...documents, extra], schema, new Set([extra.id]));
          for (const [query, list] of asked) {
            const aggs = Object.fromEntries(list.map((one, at) => [`a${at}`, one]));
            const body = { query, sort: ['tag'], ...(list.length > 0 && { aggs }) };
            expect(await answer(told, body)).toEqual(await answer(looked, body));
            expect(await answer(told, { aggs })).toEqual(await answer(looked, { aggs }));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each<[string, object, number]>([
    ['all documents', {}, 0],
    ['a word', { query: { term: { tag: 't3' } } }, 1],
    ['what has a field', { query: { exists: { field: 'size' } }, sort: ['size'] }, 0],
    ['keywords', { aggs: { t: { terms: { field: 'tag' } } } }, 1],
    ['missing and filters', { aggs: { m: { missing: { field: 'size' } }, f: { filter: { term: { tag: 't1' } } } } }, 1],
    ['extremes', { aggs: { m: { max: { field: 'size' } } } }, 1],
  ])('%s: reads no postings, no ids, no documents', async (_, body, rounds) => {
    let reads = 0;
    const counting = (source: SegmentSource): SegmentSource => ({
      read: (ranges) => {
        reads++;
        return source.read(ranges);
      },
    });
    const documents = Array.from({ length: 5000 }, (_one, at) => ({
      id: `id${at}`,
      values: { tag: [`t${at % 7}`], size: at % 3 === 0 ? [] : [at] },
    }));
    const segment = await buildSegment('s', documents, schema, undefined, counting);
    const request = parseSearchRequest({ size: 0, track_total_hits: true, ...body });
    reads = 0;
    await runSearch([segment], request, schema, { fields: {} });
    expect(reads).toBe(rounds);
  });
});
