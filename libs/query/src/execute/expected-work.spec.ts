import { systemClock } from '#libs/kernel';
import { compileSearch } from '../compile/compile-query.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { buildSegment, fieldStatistics, testSchema } from '../testing/build-segments.ts';
import type { SearchableSegment } from '../search.ts';
import { searchSegments } from './search-segments.ts';

const schema = testSchema({
  body: { type: 'text' },
  tag: { type: 'keyword' },
  kind: { type: 'keyword' },
  n: { type: 'double' },
});
const COUNT = 4000;
let segment: SearchableSegment;
beforeAll(async () => {
  const documents = Array.from({ length: COUNT }, (_, i) => ({
    id: `d${i}`,
    values: {
      body: [`all ${i % 2 === 0 ? 'half' : 'other'} w${i}`],
      tag: [`t${i % 1000}`],
      kind: [`k${i % 8}`],
      n: [i],
    },
  }));
  segment = await buildSegment('s', documents, schema);
});

/** What a search says that it expects: of its dictionaries, then of the rest, in ms. */
async function expected(body: object, segments = [segment]): Promise<number[]> {
  const request = parseSearchRequest(body);
  const told: number[] = [];
  const answered = await searchSegments(
    segments,
    request,
    compileSearch(request, schema, { now: 0 }),
    schema,
    fieldStatistics(segments),
    {
      clock: systemClock,
      elsewhere: (ms) => {
        told.push(ms);
        return undefined;
      },
    },
  );
  expect(answered.failed).toEqual([]);
  return told;
}
const rest = async (body: object): Promise<number> => (await expected(body))[1]!;
const match = (query: string, operator = 'or'): object => ({ query: { match: { body: { query, operator } } } });
const agg = (aggs: object, query: object = { match_all: {} }): object => ({ size: 0, query, aggs: { a: aggs } });

describe('what a search is expected to take', () => {
  it('is nothing much for a word that no document has, and grows with the documents of its words', async () => {
    const costs = [];
    for (const words of ['nowhere', 'w7', 'half', 'all', 'all half']) costs.push(await rest(match(words)));
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(costs[0]).toBeLessThan(0.05);
    expect(costs[4]! - costs[3]!).toBeCloseTo(costs[2]! - costs[0]!, 1);
  });

  it('is led by the rarest of words that are all required', async () => {
    expect(await rest(match('all w7', 'and'))).toBeLessThan((await rest(match('all'))) / 2);
  });

  it('is that of every segment', async () => {
    const [, one] = await expected(match('half'));
    const [, two] = await expected({ ...match('half'), size: 10 }, [segment, { ...segment, id: 'other' }]);
    expect(two! / one!).toBeGreaterThan(1.5);
  });

  it('grows with hits and their documents', async () => {
    const few = await rest({ size: 10 });
    expect(await rest({ size: 2000 })).toBeGreaterThan(few + 3);
    expect(await rest({ size: 2000, _source: false })).toBeGreaterThan(few + 1);
    // There are no more than there are.
    expect(await rest({ ...match('w7'), size: 2000 })).toBeLessThan(0.1);
  });

  it('grows with aggregations: their documents, their buckets, and what stands below each', async () => {
    const terms = { terms: { field: 'tag' } };
    const plain = await rest(agg(terms));
    const below = await rest(agg({ ...terms, aggs: { s: { stats: { field: 'n' } } } }));
    expect(plain).toBeGreaterThan(0.5);
    expect(below).toBeGreaterThan(plain + 2);
    expect(await rest(agg(terms, { term: { body: 'w7' } }))).toBeLessThan(0.1);
    // Not all documents: extremes of all are told without a look at them.
    const some = { term: { body: 'all' } };
    expect(await rest(agg({ stats: { field: 'n' } }, some))).toBeGreaterThan(
      10 * ((await rest(agg({ max: { field: 'n' } }, some))) - 0.06),
    );
  });

  it('counts no documents for what is told without a look at them', async () => {
    const nothing = await rest({ size: 0, query: { match_none: {} } });
    for (const told of [{ match_all: {} }, { term: { body: 'all' } }, { exists: { field: 'n' } }]) {
      expect(await rest({ size: 0, query: told })).toBe(nothing);
      expect(await rest(agg({ filters: { filters: { a: told } } }))).toBeLessThan(nothing + 0.001);
    }
    expect(await rest({ ...match('all half'), size: 0 })).toBeGreaterThan(nothing + 0.01);
    expect(await rest(agg({ max: { field: 'n' } }))).toBe(nothing);
    expect(await rest(agg({ value_count: { field: 'n' } }))).toBe(nothing);
    expect(await rest(agg({ sum: { field: 'n' } }))).toBeGreaterThan(nothing + 0.1);
    // Eight kinds, whose counts stand in the dictionary.
    const kinds = await rest(agg({ terms: { field: 'kind' } }));
    expect(kinds).toBeLessThan(nothing + 0.01);
    expect(await rest(agg({ terms: { field: 'kind' } }, { term: { body: 'all' } }))).toBeGreaterThan(kinds + 0.01);
  });

  it('is told for patterns before they are looked for, by how they begin', async () => {
    const [inner, after] = await expected({ query: { wildcard: { body: '*7' } } });
    const [begun] = await expected({ query: { wildcard: { body: 'w*7' } } });
    expect(inner).toBeGreaterThan(0.05);
    expect(begun!).toBeLessThan(inner! / 10);
    expect(after).toBeGreaterThan(0.1);
    const [fuzzy] = await expected({ query: { fuzzy: { body: { value: 'hal', fuzziness: 1 } } } });
    const [suggested] = await expected({ suggest: { s: { text: 'hall', term: { field: 'body' } } } });
    expect(fuzzy).toBeGreaterThan(0.01);
    // Suggestions begin with the word's first letter unless told otherwise.
    expect(suggested).toBeGreaterThan(0);
    expect(suggested).toBeLessThan(fuzzy! / 10);
    expect((await expected(match('all')))[0]).toBe(0);
  });

  it('is asked for nothing where nobody else could answer, and what another answers is the answer', async () => {
    const request = parseSearchRequest({});
    const compiled = compileSearch(request, schema, { now: 0 });
    const search = (elsewhere?: () => Promise<undefined>) =>
      searchSegments([segment], request, compiled, schema, fieldStatistics([segment]), {
        clock: systemClock,
        ...(elsewhere && { elsewhere }),
      });
    const plain = await search();
    const declined = await search(() => Promise.resolve(undefined));
    expect({ ...declined, receipt: {} }).toEqual({ ...plain, receipt: {} });
    const other = { ...plain, total: { value: 77, relation: 'eq' as const } };
    const answered = await searchSegments([segment], request, compiled, schema, fieldStatistics([segment]), {
      clock: systemClock,
      elsewhere: () => Promise.resolve(other),
    });
    expect(answered.total.value).toBe(77);
  });
});
