import fc from 'fast-check';
import { compareCodePoints, seededRandom } from '#libs/kernel';
import {
  matchAll,
  randomDocuments,
  RANDOM_FIELDS,
  randomSortKey,
  range,
  request,
  type RandomDocument,
} from '#libs/testing';
import { parseDateMs } from '../dates/date-math.ts';
import type { Scalar } from '../query-node.ts';
import type { SortKey } from '../search-request.ts';
import { parseSort } from '../syntax/parse-sort.ts';
import { buildSegment, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import { compareSortValues, planSort } from './sort-plan.ts';

const schema = testSchema(RANDOM_FIELDS);

/** The value a document is sorted by, found without columns; null: none. */
function naiveValue(key: SortKey, document: RandomDocument): Scalar | null {
  const spec = schema.field(key.field);
  const values = (document.values[spec?.source ?? key.field] ?? []).filter((value) => value !== undefined);
  if (values.length === 0) {
    if (key.missingValue === undefined) return null;
    if (spec?.type === 'date') return parseDateMs(key.missingValue, 0, false)!;
    return key.missingValue;
  }
  const mode = key.mode ?? (key.order === 'asc' ? 'min' : 'max');
  if (spec!.type === 'keyword') {
    const sorted = values.map(String).toSorted(compareCodePoints);
    return mode === 'min' ? sorted[0]! : sorted.at(-1)!;
  }
  const numbers = values.map(Number).toSorted((a, b) => a - b);
  const round = (number: number): number => (spec!.type === 'double' ? number : Math.round(number)) + 0;
  const sum = numbers.reduce((a, b) => a + b, 0);
  const middle = numbers.length / 2;
  const number = {
    min: numbers[0]!,
    max: numbers.at(-1)!,
    sum,
    avg: round(sum / numbers.length),
    median: Number.isInteger(middle)
      ? round((numbers[middle - 1]! + numbers[middle]!) / 2)
      : numbers[Math.floor(middle)]!,
  }[mode];
  return spec!.type === 'boolean' ? number === 1 : number;
}

describe('sorting', () => {
  it('is that of the values themselves, for random keys over several segments', async () => {
    const keys = fc.array(
      randomSortKey.filter(({ field }) => field !== '_score' && field !== '_id'),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(randomDocuments(25), keys, fc.func(fc.nat(2)), async (documents, sort, segmentOf) => {
        const groups = [...Map.groupBy(documents, ({ id }) => segmentOf(id)).values()];
        const segments = await Promise.all(groups.map((group, at) => buildSegment(`s${at}`, group, schema)));
        const expected = documents
          .map((document) => ({ id: document.id, values: sort.map((key) => naiveValue(key, document)) }))
          .toSorted((a, b) => {
            for (const [at, key] of sort.entries()) {
              const order = compareSortValues(key, a.values[at]!, b.values[at]!);
              if (order !== 0) return order;
            }
            return compareCodePoints(a.id, b.id);
          });
        for (const size of [3, 100]) {
          const { hits, failed } = await runSearch(segments, request(matchAll(), { sort, size }), schema);
          expect(failed).toEqual([]);
          expect(hits.map(({ id, sort: values }) => ({ id, values }))).toEqual(expected.slice(0, size));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('by a number looks at no zone that cannot hold anything for the page', async () => {
    const random = seededRandom(7);
    const columns = testSchema({ at: { type: 'long' }, some: { type: 'double' }, group: { type: 'long' } });
    const documents: TestDocument[] = Array.from({ length: 10_000 }, (_, at) => ({
      id: String(Math.floor(random.next() * 1e9)) + at,
      values: {
        at: [at],
        group: [at >> 10],
        some: at % 5000 < 3000 ? [random.next() * (at + 1)] : [],
      },
    }));
    const segments = await Promise.all(
      [documents.slice(0, 8500), documents.slice(8500)].map((part, at) => buildSegment(`s${at}`, part, columns)),
    );
    for (const text of ['-at', 'some', '-some', 'group']) {
      for (const missing of ['_first', '_last'] as const) {
        const sort = [{ ...parseSort(text, 'sort')[0]!, missing }];
        for (const query of [matchAll(), range('at', { gte: 100, lt: 9_500 })]) {
          const page = async (size: number): Promise<unknown> =>
            (await runSearch(segments, request(query, { sort, size }), columns)).hits.map(({ id }) => id);
          // Everything fits: nothing can be left out.
          const all = (await page(10_000)) as string[];
          expect(await page(10)).toEqual(all.slice(0, 10));
        }
      }
    }
  });

  it.each<[object, string]>([
    [{ tag: { mode: 'avg' } }, 'field_type_mismatch'],
    [{ open: { mode: 'sum' } }, 'field_type_mismatch'],
    [{ size: { missing: 'many' } }, 'bad_value'],
    [{ nowhere: {} }, 'unknown_field'],
    [{ size: { unmapped_type: 'geo_point' } }, 'bad_sort'],
    [{ size: { mode: 'mean' } }, 'bad_sort'],
    [{ size: { missing: null } }, 'bad_sort'],
    [{ size: { numeric_type: 'date' } }, 'unsupported_option'],
    [{ _score: { mode: 'min' } }, 'unsupported_option'],
  ])('%j is %s', (sort, code) => {
    expect(() => planSort({ sort: parseSort(sort, 'sort') }, schema, 0)).toThrow(
      expect.objectContaining({ kind: 'invalid', code }),
    );
  });

  it('takes the names that Elasticsearch has for wider types', () => {
    expect(parseSort({ n: { unmapped_type: 'integer', missing: 5, mode: 'MEDIAN' } }, 'sort')).toEqual([
      { field: 'n', order: 'asc', missing: '_last', missingValue: 5, mode: 'median', unmappedType: 'long' },
    ]);
  });
});
