import fc from 'fast-check';
import { RANDOM_FIELDS, matchAll, randomDocuments, request, term } from '#libs/testing';
import type { Aggregation } from '../aggregation-request.ts';
import { finishSearch } from '../present/finish-search.ts';
import { buildSegment, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import type { AggPartials } from './agg-partial.ts';
import { mergeAggPartials } from './merge-partials.ts';
import { planAggregations } from './plan/plan-aggregations.ts';

const schema = testSchema(RANDOM_FIELDS);

async function aggregate(
  documents: readonly TestDocument[],
  aggs: Record<string, Aggregation>,
  query = matchAll(),
): Promise<Record<string, any>> {
  const segments = await Promise.all(
    [documents.filter((_, at) => at % 2 === 0), documents.filter((_, at) => at % 2 === 1)]
      .filter(({ length }) => length > 0)
      .map((half, at) => buildSegment(`s${at}`, half, schema)),
  );
  const asked = request(query, { size: 0, aggs });
  const partial = await runSearch(segments, asked, schema);
  expect(partial.failed).toEqual([]);
  return finishSearch(partial, asked, schema, { version: 1, tookMs: 0 }).aggs!;
}

const terms = (field: string, options: Partial<Extract<Aggregation, { type: 'terms' }>> = {}): Aggregation => ({
  type: 'terms',
  field,
  size: 10,
  minDocCount: 1,
  order: [{ by: '_count', direction: 'desc' }],
  aggs: {},
  ...options,
});
const stats = (field: string, type: 'stats' | 'avg' | 'max' | 'value_count' = 'stats'): Aggregation => ({
  type,
  field,
  aggs: {},
});
const numbers = (document: TestDocument, field: string): number[] => (document.values[field] ?? []).map(Number);
const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];

const day = (text: string, options: object = {}): TestDocument => ({
  id: text,
  values: { when: [Date.parse(text)], ...options },
});

const order = (direction: 'asc' | 'desc'): Aggregation =>
  terms('tag', { order: [{ by: 'm.max', direction }], aggs: { m: stats('size') } });

const histogram = (interval: number): Aggregation => ({
  type: 'histogram',
  field: 'size',
  interval,
  offset: 0,
  minDocCount: 0,
  keyed: false,
  aggs: {},
});

const half = (from: number): AggPartials => ({
  t: {
    kind: 'buckets',
    buckets: Array.from({ length: 40_000 }, (_, at) => ({ key: from + at, count: 1, aggs: {} })),
  },
});

describe('aggregations agree with counting by hand', () => {
  const random = randomDocuments(40);

  it('terms, with stats below', async () => {
    await fc.assert(
      fc.asyncProperty(random, fc.constantFrom(1, 2, 10), async (documents, size) => {
        const found = await aggregate(documents, { t: terms('tag', { size, aggs: { s: stats('size') } }) });
        const groups = new Map<string, TestDocument[]>();
        for (const document of documents) {
          for (const tag of unique(document.values['tag'] ?? []))
            groups.set(String(tag), [...(groups.get(String(tag)) ?? []), document]);
        }
        const expected = [...groups].map(([key, group]) => {
          const values = group.flatMap((document) => numbers(document, 'size'));
          const sum = values.reduce((a, b) => a + b, 0);
          const empty = values.length === 0;
          return {
            key,
            doc_count: group.length,
            s: {
              count: values.length,
              min: empty ? null : Math.min(...values) + 0,
              max: empty ? null : Math.max(...values) + 0,
              avg: empty ? null : sum / values.length + 0,
              sum: sum + 0,
            },
          };
        });
        const sorted = expected.toSorted(
          (a, b) => b.doc_count - a.doc_count || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
        );
        expect(found['t']).toEqual({
          doc_count_error_upper_bound: 0,
          sum_other_doc_count: sorted.slice(size).reduce((sum, { doc_count: count }) => sum + count, 0),
          buckets: sorted.slice(0, size),
        });
      }),
      { numRuns: 100 },
    );
  });

  it('histogram and range', async () => {
    await fc.assert(
      fc.asyncProperty(
        random,
        fc.constantFrom(1, 2, 2.5),
        fc.constantFrom(0, 1),
        async (documents, interval, offset) => {
          const found = await aggregate(documents, {
            h: { type: 'histogram', field: 'size', interval, offset, minDocCount: 0, keyed: false, aggs: {} },
            r: {
              type: 'range',
              field: 'size',
              ranges: [{ from: 0 }, { to: 1 }, { from: -1, to: 2 }],
              keyed: false,
              aggs: {},
            },
          });
          const keysOf = (document: TestDocument): number[] =>
            unique(
              numbers(document, 'size').map((value) => Math.floor((value - offset) / interval) * interval + offset + 0),
            );
          const all = documents.flatMap(keysOf);
          const expected: unknown[] = [];
          for (let key = Math.min(...all); all.length > 0 && key <= Math.max(...all); key += interval) {
            expected.push({ key, doc_count: documents.filter((document) => keysOf(document).includes(key)).length });
          }
          expect(found['h']).toEqual({ buckets: expected });
          const within = (from: number, to: number): number =>
            documents.filter((document) => numbers(document, 'size').some((value) => value >= from && value < to))
              .length;
          expect(found['r']).toEqual({
            buckets: [
              { key: '*-1.0', to: 1, doc_count: within(-Infinity, 1) },
              { key: '-1.0-2.0', from: -1, to: 2, doc_count: within(-1, 2) },
              { key: '0.0-*', from: 0, doc_count: within(0, Infinity) },
            ],
          });
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('responses have the shape of Elasticsearch', () => {
  const days = [
    day('2024-03-30T12:00:00Z', { open: [true], size: [1] }),
    day('2024-03-31T21:30:00Z', { open: [false], size: [5] }),
    day('2024-03-31T22:30:00Z', { open: [true], size: [9] }),
    day('2024-04-03T10:00:00Z', { tag: ['x'] }),
  ];

  it('date_histogram in a time zone, empty days filled', async () => {
    const found = await aggregate(days, {
      d: {
        type: 'date_histogram',
        field: 'when',
        calendarInterval: 'day',
        timeZone: 'Europe/Berlin',
        minDocCount: 0,
        keyed: false,
        aggs: {},
      },
    });
    expect(found['d'].buckets.map((bucket: any) => [bucket.key_as_string, bucket.doc_count])).toEqual([
      ['2024-03-30T00:00:00.000+01:00', 1],
      ['2024-03-31T00:00:00.000+01:00', 1],
      ['2024-04-01T00:00:00.000+02:00', 1],
      ['2024-04-02T00:00:00.000+02:00', 0],
      ['2024-04-03T00:00:00.000+02:00', 1],
    ]);
    expect(found['d'].buckets[0].key).toBe(Date.parse('2024-03-29T23:00:00Z'));
  });

  it('keyed buckets, date ranges, booleans, dates in stats, empty sub-aggregations', async () => {
    const found = await aggregate(days, {
      m: {
        type: 'date_histogram',
        field: 'when',
        calendarInterval: 'month',
        timeZone: 'UTC',
        minDocCount: 1,
        keyed: true,
        aggs: {},
      },
      r: {
        type: 'date_range',
        field: 'when',
        ranges: [{ key: 'old', to: '2024-03-31' }, { from: '2024-04-01||/M' }],
        keyed: true,
        aggs: {},
      },
      b: terms('open', { order: [{ by: '_key', direction: 'asc' }], missing: false }),
      newest: stats('when', 'max'),
      h: {
        type: 'histogram',
        field: 'size',
        interval: 4,
        offset: 0,
        minDocCount: 0,
        keyed: true,
        aggs: { a: stats('nowhere', 'avg') },
      },
    });
    expect(found).toEqual({
      m: {
        buckets: {
          '2024-03-01T00:00:00.000Z': {
            key_as_string: '2024-03-01T00:00:00.000Z',
            key: Date.UTC(2024, 2, 1),
            doc_count: 3,
          },
          '2024-04-01T00:00:00.000Z': {
            key_as_string: '2024-04-01T00:00:00.000Z',
            key: Date.UTC(2024, 3, 1),
            doc_count: 1,
          },
        },
      },
      r: {
        buckets: {
          old: { to: Date.UTC(2024, 2, 31), to_as_string: '2024-03-31T00:00:00.000Z', doc_count: 1 },
          '2024-04-01T00:00:00.000Z-*': {
            from: Date.UTC(2024, 3, 1),
            from_as_string: '2024-04-01T00:00:00.000Z',
            doc_count: 1,
          },
        },
      },
      b: {
        doc_count_error_upper_bound: 0,
        sum_other_doc_count: 0,
        buckets: [
          { key: 0, key_as_string: 'false', doc_count: 2 },
          { key: 1, key_as_string: 'true', doc_count: 2 },
        ],
      },
      newest: { value: Date.parse('2024-04-03T10:00:00Z'), value_as_string: '2024-04-03T10:00:00.000Z' },
      h: {
        buckets: {
          '0.0': { key: 0, doc_count: 1, a: { value: null } },
          '4.0': { key: 4, doc_count: 1, a: { value: null } },
          '8.0': { key: 8, doc_count: 1, a: { value: null } },
        },
      },
    });
  });

  it('nothing found is empty, not absent', async () => {
    const found = await aggregate(
      days,
      {
        t: terms('tag'),
        s: stats('size'),
        r: {
          type: 'range',
          field: 'size',
          ranges: [{ from: 1 }],
          keyed: false,
          aggs: { c: stats('size', 'value_count') },
        },
        u: terms('nowhere', { missing: 'none' }),
      },
      term('tag', 'nothing'),
    );
    expect(found).toEqual({
      t: { doc_count_error_upper_bound: 0, sum_other_doc_count: 0, buckets: [] },
      s: { count: 0, min: null, max: null, avg: null, sum: 0 },
      r: { buckets: [{ key: '1.0-*', from: 1, doc_count: 0, c: { value: 0 } }] },
      u: { doc_count_error_upper_bound: 0, sum_other_doc_count: 0, buckets: [] },
    });
  });

  it('terms by a metric below, missing values last', async () => {
    const groups: (readonly [string, ...number[]])[] = [['a', 3], ['b', 9], ['c', 5], ['d']];
    const documents = groups.map(([tag, ...size], at) => ({
      id: String(at),
      values: { tag: [tag], size },
    }));
    const found = await aggregate(documents, { up: order('asc'), down: order('desc') });
    const keys = (name: string): string[] => found[name].buckets.map((bucket: any) => bucket.key);
    expect(keys('up')).toEqual(['a', 'c', 'b', 'd']);
    expect(keys('down')).toEqual(['b', 'c', 'a', 'd']);
  });
});

describe('bounds and mismatches', () => {
  it.each<[Aggregation, string]>([
    [terms('body'), 'field_type_mismatch'],
    [stats('tag'), 'field_type_mismatch'],
    [
      {
        type: 'date_histogram',
        field: 'size',
        calendarInterval: 'day',
        timeZone: 'UTC',
        minDocCount: 0,
        keyed: false,
        aggs: {},
      },
      'field_type_mismatch',
    ],
    [{ type: 'date_range', field: 'when', ranges: [{ from: 'soon' }], keyed: false, aggs: {} }, 'bad_value'],
    [terms('tag', { aggs: { inner: stats('title') } }), 'field_type_mismatch'],
  ])('%j is %s', (aggregation, code) => {
    expect(() => planAggregations({ x: aggregation }, schema, 0)).toThrow(
      expect.objectContaining({ kind: 'invalid', code }),
    );
  });

  it('more buckets than the bound are refused where they arise: in a segment, in a merge, in filling', async () => {
    const documents = [
      { id: '1', values: { size: [0] } },
      { id: '2', values: { size: [1e6] } },
    ];
    const refused = expect.objectContaining({ kind: 'invalid', code: 'too_many_buckets' });
    await expect(aggregate(documents, { h: histogram(1) })).rejects.toEqual(refused);
    expect((await aggregate(documents, { h: histogram(100) }))['h'].buckets).toHaveLength(10_001);
    expect(mergeAggPartials(half(0), half(20_000), { t: terms('size') })['t']).toMatchObject({ kind: 'buckets' });
    expect(() => mergeAggPartials(half(0), half(40_000), { t: terms('size') })).toThrow(refused as Error);
  });
});
