import { aggregate } from '../testing/aggregate.ts';
import { testSchema, type TestDocument } from '../testing/build-segments.ts';

const schema = testSchema({
  body: { type: 'text' },
  tag: { type: 'keyword' },
  price: { type: 'double' },
  open: { type: 'boolean' },
  when: { type: 'date' },
});
const at = (text: string): number => Date.parse(text);
const documents: TestDocument[] = [
  {
    id: '1',
    values: { body: ['red apple'], tag: ['a'], price: [1], open: [true], when: [at('2024-03-30T12:00:00Z')] },
  },
  {
    id: '2',
    values: { body: ['apple'], tag: ['a', 'b'], price: [2.5], open: [false], when: [at('2024-03-31T23:30:00Z')] },
  },
  { id: '3', values: { body: ['apple apple pie'], tag: ['b'], price: [4], when: [at('2024-04-02T01:00:00Z')] } },
  { id: '4', values: { body: ['pear'] } },
];
const of = (aggs: object, body: object = {}): Promise<Record<string, any>> => aggregate(documents, schema, aggs, body);
describe('the shapes of Elasticsearch', () => {
  it('extended_stats, weighted_avg, cardinality, percentiles', async () => {
    const found = await of({
      x: { extended_stats: { field: 'price', sigma: 1 } },
      none: { extended_stats: { field: 'nowhere' } },
      w: { weighted_avg: { value: { field: 'price' }, weight: { field: 'price', missing: 2 }, format: '0.00' } },
      c: { cardinality: { field: 'tag', missing: 'c' } },
      p: { percentiles: { field: 'price', percents: [50, 75], format: '0.0' } },
      d: { percentiles: { field: 'when', percents: [0], keyed: false, hdr: {} } },
      r: { percentile_ranks: { field: 'price', values: [2.5], tdigest: { compression: 200 } } },
      e: { percentiles: { field: 'nowhere', percents: [50] } },
    });
    const deviation = Math.sqrt(1.5);
    expect(found['x']).toEqual({
      count: 3,
      min: 1,
      max: 4,
      avg: 2.5,
      sum: 7.5,
      sum_of_squares: 23.25,
      variance: 1.5,
      variance_population: 1.5,
      variance_sampling: 2.25,
      std_deviation: deviation,
      std_deviation_population: deviation,
      std_deviation_sampling: 1.5,
      std_deviation_bounds: {
        upper: 2.5 + deviation,
        lower: 2.5 - deviation,
        upper_population: 2.5 + deviation,
        lower_population: 2.5 - deviation,
        upper_sampling: 4,
        lower_sampling: 1,
      },
    });
    expect(found['none']).toMatchObject({ count: 0, min: null, sum: 0, sum_of_squares: null, variance: null });
    expect(found['w']).toEqual({ value: 23.25 / 7.5, value_as_string: '3.10' });
    expect(found['c']).toEqual({ value: 3 });
    expect(found['p']).toEqual({
      values: { '50.0': 2.5, '50.0_as_string': '2.5', '75.0': 3.25, '75.0_as_string': '3.2' },
    });
    expect(found['d']).toEqual({
      values: [{ key: 0, value: at('2024-03-30T12:00:00Z'), value_as_string: '2024-03-30T12:00:00.000Z' }],
    });
    expect(found['r']).toEqual({ values: { '2.5': (100 * 2) / 3 } });
    expect(found['e']).toEqual({ values: { '50.0': null } });
  });

  it('filters by name, listed, and not keyed; global whatever the query', async () => {
    const found = await of(
      {
        named: { filters: { filters: { apple: { match: { body: 'apple' } } }, other_bucket_key: 'rest' } },
        listed: { filters: { filters: [{ term: { tag: 'a' } }, { match_none: {} }], other_bucket: true } },
        entries: { filters: { filters: { dear: { range: { price: { gte: 3 } } } }, keyed: false } },
        all: { global: {}, aggs: { pies: { filter: { match_phrase: { body: 'apple pie' } } } } },
        zero: { terms: { field: 'tag', min_doc_count: 0 } },
      },
      { query: { term: { tag: 'a' } } },
    );
    expect(found).toEqual({
      named: { buckets: { apple: { doc_count: 2 }, rest: { doc_count: 0 } } },
      listed: { buckets: [{ doc_count: 2 }, { doc_count: 0 }, { doc_count: 0 }] },
      entries: { buckets: [{ key: 'dear', doc_count: 0 }] },
      all: { doc_count: 4, pies: { doc_count: 1 } },
      zero: {
        doc_count_error_upper_bound: 0,
        sum_other_doc_count: 0,
        buckets: [
          { key: 'a', doc_count: 2 },
          { key: 'b', doc_count: 1 },
        ],
      },
    });
    // Even in segments where nothing matches.
    const none = await of(
      { all: { global: {} }, zero: { terms: { field: 'tag', min_doc_count: 0 } } },
      { query: { term: { tag: 'nothing' } } },
    );
    expect(none['all']).toEqual({ doc_count: 4 });
    expect(none['zero'].buckets.map((bucket: any) => [bucket.key, bucket.doc_count])).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
  });

  it('top_hits by score, with the documents', async () => {
    const found = await of(
      { best: { top_hits: { size: 1, _source: ['price'] } } },
      { query: { match: { body: 'apple' } } },
    );
    expect(found['best'].hits.total).toEqual({ value: 3, relation: 'eq' });
    expect(found['best'].hits.max_score).toBeGreaterThan(0);
    expect(found['best'].hits.hits).toEqual([
      { _id: '2', _score: found['best'].hits.max_score, _source: { price: 2.5 } },
    ]);
    const sorted = await of({ t: { top_hits: { size: 2, sort: [{ tag: { order: 'desc', missing: '_first' } }] } } });
    expect(sorted['t'].hits.hits.map(({ _id, _score, sort }: any) => [_id, _score, sort])).toEqual([
      ['4', null, [null]],
      ['2', null, ['b']],
    ]);
  });

  it('composite keys: booleans, formatted dates, missing ones', async () => {
    const sources = [
      { open: { terms: { field: 'open', missing_bucket: true, missing_order: 'last' } } },
      {
        day: { date_histogram: { field: 'when', calendar_interval: 'day', format: 'yyyy-MM-dd', time_zone: '+02:00' } },
      },
    ];
    const { c } = await of({ c: { composite: { sources } } });
    expect(c).toEqual({
      after_key: { open: null, day: '2024-04-02' },
      buckets: [
        { key: { open: false, day: '2024-04-01' }, doc_count: 1 },
        { key: { open: true, day: '2024-03-30' }, doc_count: 1 },
        { key: { open: null, day: '2024-04-02' }, doc_count: 1 },
      ],
    });
    const rest = await of({ c: { composite: { sources, after: { open: true, day: '2024-03-30' } } } });
    expect(rest['c'].buckets).toEqual(c.buckets.slice(2));
    expect((await of({ c: { composite: { sources, after: c.after_key } } }))['c']).toEqual({ buckets: [] });
  });

  it('formats, offsets, bounds and orders of histograms; ranges of dates in a zone', async () => {
    const found = await of({
      m: {
        date_histogram: { field: 'when', calendar_interval: 'month', format: 'MM/yyyy', offset: '+1d', keyed: true },
      },
      d: {
        date_histogram: {
          field: 'when',
          fixed_interval: '1d',
          extended_bounds: { min: '2024-03-29', max: '2024-04-03' },
          min_doc_count: 0,
          order: { _key: 'desc' },
          format: 'date',
        },
      },
      h: {
        histogram: {
          field: 'price',
          interval: 2,
          missing: 9,
          format: '0.00',
          order: { _count: 'desc' },
          min_doc_count: 1,
        },
      },
      r: {
        date_range: {
          field: 'when',
          time_zone: '+02:00',
          format: 'yyyy-MM-dd',
          missing: '1999-01-01',
          ranges: [{ to: '2024-04-01' }, { from: '2024-04-01', to: '2024-04-01||+1d' }],
        },
      },
    });
    expect(found['m'].buckets).toEqual({
      '03/2024': { key_as_string: '03/2024', key: at('2024-03-02T00:00:00Z'), doc_count: 2 },
      '04/2024': { key_as_string: '04/2024', key: at('2024-04-02T00:00:00Z'), doc_count: 1 },
    });
    expect(found['d'].buckets.map((bucket: any) => [bucket.key_as_string, bucket.doc_count])).toEqual([
      ['2024-04-03', 0],
      ['2024-04-02', 1],
      ['2024-04-01', 0],
      ['2024-03-31', 1],
      ['2024-03-30', 1],
      ['2024-03-29', 0],
    ]);
    expect(found['h'].buckets).toEqual([
      { key_as_string: '0.00', key: 0, doc_count: 1 },
      { key_as_string: '2.00', key: 2, doc_count: 1 },
      { key_as_string: '4.00', key: 4, doc_count: 1 },
      { key_as_string: '8.00', key: 8, doc_count: 1 },
    ]);
    expect(found['r'].buckets.map((bucket: any) => [bucket.key, bucket.from_as_string, bucket.doc_count])).toEqual([
      ['*-2024-04-01', undefined, 2],
      ['2024-04-01-2024-04-02', '2024-04-01', 1],
    ]);
  });

  it('orders by paths below', async () => {
    const aggs = {
      p: { percentiles: { field: 'price', percents: [50] } },
      dear: { filter: { range: { price: { gte: 2 } } }, aggs: { s: { extended_stats: { field: 'price' } } } },
    };
    const keys = async (order: object): Promise<unknown> =>
      (await of({ t: { terms: { field: 'tag', order }, aggs } }))['t'].buckets.map((bucket: any) => bucket.key);
    expect(await keys({ 'p[50]': 'desc' })).toEqual(['b', 'a']);
    expect(await keys({ dear: 'asc' })).toEqual(['a', 'b']);
    expect(await keys({ 'dear>s.sum': 'desc' })).toEqual(['b', 'a']);
  });
});

describe('what does not fit is refused', () => {
  it.each<[object, string]>([
    [{ x: { avg: { field: 'price', format: 'EEE' } } }, 'unsupported_format'],
    [{ x: { max: { field: 'when', format: 'MMM yyyy' } } }, 'unsupported_format'],
    [{ x: { terms: { field: 'tag', format: '0.0' } } }, 'unsupported_format'],
    [{ x: { terms: { field: 'price', include: ['dear'] } } }, 'bad_value'],
    [{ x: { avg: { field: 'price', missing: 'none' } } }, 'bad_value'],
    [{ x: { percentiles: { field: 'tag' } } }, 'field_type_mismatch'],
    [{ x: { cardinality: { field: 'body' } } }, 'field_type_mismatch'],
    [{ x: { top_hits: { sort: 'body' } } }, 'field_type_mismatch'],
    [{ x: { composite: { sources: [{ s: { histogram: { field: 'tag', interval: 1 } } }] } } }, 'field_type_mismatch'],
    [
      { x: { histogram: { field: 'price', interval: 1, hard_bounds: { min: 0 }, extended_bounds: { min: -5 } } } },
      'bad_aggregation',
    ],
    [{ x: { histogram: { field: 'price', interval: 1, extended_bounds: { min: 0, max: 1e6 } } } }, 'too_many_buckets'],
    [
      { x: { filter: { function_score: { query: { match: { body: 'apple' } }, min_score: 1 } } } },
      'unsupported_option',
    ],
  ])('%j is %s', async (aggs, code) => {
    await expect(of(aggs)).rejects.toEqual(expect.objectContaining({ kind: 'invalid', code }));
  });

  it('more documents of top_hits than are kept', async () => {
    const many = Array.from({ length: 10_001 }, (_, n) => ({ id: String(n), values: { price: [n] } }));
    const aggs = {
      t: { terms: { field: 'price', size: 1 }, aggs: { top: { top_hits: { size: 1, _source: false } } } },
    };
    await expect(aggregate(many, schema, aggs)).rejects.toEqual(expect.objectContaining({ code: 'too_many_top_hits' }));
  });
});
