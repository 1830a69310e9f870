import fc from 'fast-check';
import { compareCodePoints } from '#libs/kernel';
import { RANDOM_FIELDS, randomDocuments } from '#libs/testing';
import { aggregate } from '../testing/aggregate.ts';
import { testSchema, type TestDocument, type TestValue } from '../testing/build-segments.ts';

const schema = testSchema(RANDOM_FIELDS);
const random = randomDocuments(40);
const runs = { numRuns: 60 };

const valuesOf = (document: TestDocument, field: string): readonly TestValue[] => document.values[field] ?? [];
const numbersOf = (documents: readonly TestDocument[], field: string): number[] =>
  documents.flatMap((document) => valuesOf(document, field).map((value) => Number(value) + 0));
const having = (documents: readonly TestDocument[], field: string, value: TestValue): TestDocument[] =>
  documents.filter((document) => valuesOf(document, field).includes(value));
const without = (documents: readonly TestDocument[], field: string): TestDocument[] =>
  documents.filter((document) => valuesOf(document, field).length === 0);
const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];

function naiveVariance(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

function naivePercentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (percent / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place));
}

describe('aggregations agree with what one finds without an index', () => {
  it('filter, filters, missing, with metrics below', async () => {
    await fc.assert(
      fc.asyncProperty(random, async (documents) => {
        const found = await aggregate(documents, schema, {
          one: { filter: { term: { tag: 'a' } }, aggs: { none: { missing: { field: 'size' } } } },
          named: { filters: { filters: { a: { term: { tag: 'a' } }, b: { term: { tag: 'b' } } }, other_bucket: true } },
          listed: { filters: { filters: [{ exists: { field: 'when' } }] } },
          none: { missing: { field: 'tag' }, aggs: { sizes: { value_count: { field: 'size' } } } },
        });
        const tagged = having(documents, 'tag', 'a');
        const neither = documents.filter(
          (document) => !valuesOf(document, 'tag').includes('a') && !valuesOf(document, 'tag').includes('b'),
        );
        const untagged = without(documents, 'tag');
        expect(found).toEqual({
          one: { doc_count: tagged.length, none: { doc_count: without(tagged, 'size').length } },
          named: {
            buckets: {
              a: { doc_count: tagged.length },
              b: { doc_count: having(documents, 'tag', 'b').length },
              _other_: { doc_count: neither.length },
            },
          },
          listed: { buckets: [{ doc_count: documents.length - without(documents, 'when').length }] },
          none: { doc_count: untagged.length, sizes: { value: numbersOf(untagged, 'size').length } },
        });
      }),
      runs,
    );
  });

  it('cardinality, percentiles and extended_stats', async () => {
    await fc.assert(
      fc.asyncProperty(random, async (documents) => {
        const found = await aggregate(documents, schema, {
          tags: { cardinality: { field: 'tag' } },
          sizes: { cardinality: { field: 'size', missing: 99 } },
          p: { percentiles: { field: 'size', percents: [0, 30, 50, 100], keyed: false } },
          r: { percentile_ranks: { field: 'size', values: [0], keyed: false } },
          x: { extended_stats: { field: 'size' } },
        });
        expect(found['tags'].value).toBe(unique(documents.flatMap((one) => valuesOf(one, 'tag'))).length);
        const sizes = numbersOf(documents, 'size');
        const hasMissing = without(documents, 'size').length > 0;
        expect(found['sizes'].value).toBe(unique(sizes).length + Number(hasMissing));
        if (sizes.length === 0) return;
        for (const { key, value } of found['p'].values) expect(value).toBeCloseTo(naivePercentile(sizes, key), 9);
        const below = sizes.filter((size) => size <= 0).length;
        expect(found['r'].values).toEqual([{ key: 0, value: (100 * below) / sizes.length }]);
        expect(found['x'].variance).toBeCloseTo(naiveVariance(sizes), 9);
        expect(found['x'].sum_of_squares).toBe(sizes.reduce((sum, size) => sum + size * size, 0));
      }),
      runs,
    );
  });

  it('composite: its pages put together are all buckets, in order, each once', async () => {
    const orders = fc.tuple(fc.constantFrom('asc', 'desc'), fc.constantFrom('first', 'last'), fc.boolean());
    await fc.assert(
      fc.asyncProperty(random, orders, fc.constantFrom(1, 3), async (documents, [order, missing_order, kept], size) => {
        const tag = { field: 'tag', order, ...(kept && { missing_bucket: true, missing_order }) };
        const sources = [{ t: { terms: tag } }, { s: { histogram: { field: 'size', interval: 2 } } }];
        const paged: any[] = [];
        for (let after: object | undefined; ;) {
          const page = (
            await aggregate(documents, schema, {
              c: {
                composite: { sources, size, ...(after && { after }) },
                aggs: { n: { value_count: { field: 'tag' } } },
              },
            })
          )['c'];
          expect(page.buckets.length).toBeLessThanOrEqual(size);
          paged.push(...page.buckets);
          after = page.after_key;
          if (!after) break;
        }
        const counts = new Map<string, { t: string | null; s: number; doc_count: number; n: number }>();
        for (const document of documents) {
          const tags = unique(valuesOf(document, 'tag')) as (string | null)[];
          if (tags.length === 0 && kept) tags.push(null);
          const bins = unique(numbersOf([document], 'size').map((value) => Math.floor(value / 2) * 2 + 0));
          for (const t of tags) {
            for (const s of bins) {
              const name = JSON.stringify([t, s]);
              const bucket = counts.get(name) ?? { t, s, doc_count: 0, n: 0 };
              bucket.doc_count++;
              // A keyword stands in a document once.
              bucket.n += unique(valuesOf(document, 'tag')).length;
              counts.set(name, bucket);
            }
          }
        }
        const compareTags = (a: string | null, b: string | null): number => {
          if (a === null || b === null) return a === b ? 0 : (a === null) === (missing_order === 'first') ? -1 : 1;
          return order === 'asc' ? compareCodePoints(a, b) : compareCodePoints(b, a);
        };
        const expected = [...counts.values()].toSorted((a, b) => compareTags(a.t, b.t) || a.s - b.s);
        expect(paged).toEqual(
          expected.map(({ t, s, doc_count, n }) => ({ key: { t, s }, doc_count, n: { value: n } })),
        );
      }),
      runs,
    );
  });

  it('terms with min_doc_count 0, and histograms with bounds', async () => {
    await fc.assert(
      fc.asyncProperty(random, async (documents) => {
        const found = await aggregate(documents, schema, {
          f: {
            filter: { term: { open: true } },
            aggs: {
              t: { terms: { field: 'tag', min_doc_count: 0, size: 50, order: { _key: 'asc' }, exclude: ['ab', 'no'] } },
            },
          },
          h: {
            histogram: {
              field: 'size',
              interval: 1,
              hard_bounds: { min: -1, max: 2 },
              extended_bounds: { min: 0, max: 2 },
            },
          },
        });
        const open = documents.filter((document) => valuesOf(document, 'open').includes(true));
        const tags = unique(documents.flatMap((one) => valuesOf(one, 'tag') as string[])).filter((tag) => tag !== 'ab');
        expect(found['f'].t.buckets).toEqual(
          tags.toSorted(compareCodePoints).map((key) => ({ key, doc_count: having(open, 'tag', key).length })),
        );
        const counts = [-1, 0, 1, 2].map((key) => ({ key, doc_count: having(documents, 'size', key).length }));
        expect(found['h'].buckets).toEqual(counts[0]!.doc_count > 0 ? counts : counts.slice(1));
      }),
      runs,
    );
  });

  it('top_hits in buckets: by a field, ties by id', async () => {
    await fc.assert(
      fc.asyncProperty(random, fc.constantFrom('asc', 'desc'), async (documents, order) => {
        const found = await aggregate(documents, schema, {
          t: {
            terms: { field: 'open' },
            aggs: { top: { top_hits: { size: 2, from: 1, sort: [{ size: order }], _source: false } } },
          },
        });
        for (const { key, top } of found['t'].buckets) {
          const inside = having(documents, 'open', key === 1);
          const sizeOf = (one: TestDocument): number | null => {
            const sizes = numbersOf([one], 'size');
            if (sizes.length === 0) return null;
            return order === 'asc' ? Math.min(...sizes) : Math.max(...sizes);
          };
          const sorted = inside.toSorted((a, b) => {
            const [x, y] = [sizeOf(a), sizeOf(b)];
            const byId = compareCodePoints(a.id, b.id);
            if (x === null || y === null) return Number(x === null) - Number(y === null) || byId;
            return (order === 'asc' ? x - y : y - x) || byId;
          });
          expect(top).toEqual({
            hits: {
              total: { value: inside.length, relation: 'eq' },
              max_score: null,
              hits: sorted.slice(1, 3).map((one) => ({ _id: one.id, _score: null, sort: [sizeOf(one)] })),
            },
          });
        }
      }),
      runs,
    );
  });
});
