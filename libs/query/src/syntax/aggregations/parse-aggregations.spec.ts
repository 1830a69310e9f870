import { isQuarryError, type QuarryError } from '#libs/kernel';
import type { Aggregation } from '../../aggregation-request.ts';
import { MAX_AGGREGATION_DEPTH, MAX_AGGREGATIONS } from '../limits.ts';
import { UNSUPPORTED_AGGREGATIONS } from './aggregation-names.ts';
import { parseAggregations, SUPPORTED_AGGREGATIONS } from './parse-aggregations.ts';

const parse = (aggregation: object): Aggregation | undefined => parseAggregations({ x: aggregation }, 'aggs').x;

function failure(aggs: unknown): QuarryError {
  try {
    parseAggregations(aggs, 'aggs');
  } catch (error) {
    if (isQuarryError(error)) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(aggs)} was accepted`);
}

const byCount = [{ by: '_count', direction: 'desc' }];

const hist = (options: object): object => ({ x: { date_histogram: { field: 'd', ...options } } });

const ordered = (
  order: unknown,
  aggs: object = { s: { stats: { field: 'p' } }, t: { terms: { field: 'p' } } },
): object => ({
  x: { terms: { field: 'f', order }, aggs },
});

const composite = (options: object): object => ({ x: { composite: options } });
const tagSource = { t: { terms: { field: 'tag' } } };

const nested = (levels: number): object => {
  let aggs: object = {};
  for (let i = 0; i < levels; i++) aggs = { x: { terms: { field: 'f' }, aggs } };
  return aggs;
};

const wide = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, { max: { field: 'f' } }]));

describe('parseAggregations', () => {
  it.each<[object, object]>([
    [{ terms: { field: 'f' } }, { type: 'terms', field: 'f', size: 10, minDocCount: 1, order: byCount, aggs: {} }],
    [
      { terms: { field: 'f', size: 3, minDocCount: 2, order: { _key: 'ASC' }, missing: 'none' } },
      {
        type: 'terms',
        field: 'f',
        size: 3,
        minDocCount: 2,
        order: [{ by: '_key', direction: 'asc' }],
        missing: 'none',
        aggs: {},
      },
    ],
    [
      {
        range: { field: 'f', ranges: [{ to: 1 }, { key: 'mid', from: 1, to: 2 }, { from: 2, to: null }], keyed: true },
      },
      {
        type: 'range',
        field: 'f',
        ranges: [{ to: 1 }, { key: 'mid', from: 1, to: 2 }, { from: 2 }],
        keyed: true,
        aggs: {},
      },
    ],
    [
      { date_range: { field: 'd', ranges: [{ from: '2024-01-01', to: 5 }] } },
      { type: 'date_range', field: 'd', ranges: [{ from: '2024-01-01', to: 5 }], keyed: false, aggs: {} },
    ],
    [
      { histogram: { field: 'f', interval: 0.5 } },
      { type: 'histogram', field: 'f', interval: 0.5, offset: 0, minDocCount: 0, keyed: false, aggs: {} },
    ],
    [
      { date_histogram: { field: 'd', calendar_interval: '1M', time_zone: 'Europe/Berlin', min_doc_count: 1 } },
      {
        type: 'date_histogram',
        field: 'd',
        calendarInterval: 'month',
        timeZone: 'Europe/Berlin',
        minDocCount: 1,
        keyed: false,
        aggs: {},
      },
    ],
    [
      { dateHistogram: { field: 'd', fixedInterval: '90m', timeZone: '-05:30', keyed: true } },
      {
        type: 'date_histogram',
        field: 'd',
        fixedIntervalMs: 5_400_000,
        timeZone: '-05:30',
        minDocCount: 0,
        keyed: true,
        aggs: {},
      },
    ],
    [{ stats: { field: 'f' } }, { type: 'stats', field: 'f', aggs: {} }],
    [{ value_count: { field: 'f' } }, { type: 'value_count', field: 'f', aggs: {} }],
  ])('%j', (aggregation, expected) => {
    expect(parse(aggregation)).toEqual(expected);
  });

  it.each<[string, object]>([
    ['minute', { calendarInterval: 'minute' }],
    ['1m', { calendarInterval: 'minute' }],
    ['1q', { calendarInterval: 'quarter' }],
    ['year', { calendarInterval: 'year' }],
  ])('the calendar interval %s', (interval, expected) => {
    expect(parse({ date_histogram: { field: 'd', calendar_interval: interval } })).toMatchObject(expected);
  });

  it('nests under aggs and aggregations, and orders by what is nested', () => {
    const found = parse({
      terms: {
        field: 'f',
        order: [{ 'price.value': 'desc' }, { 's.avg': 'asc' }, { 'a.b': 'asc' }, { _count: 'asc' }],
      },
      aggregations: {
        price: { max: { field: 'p' } },
        s: { stats: { field: 'p' } },
        'a.b': { sum: { field: 'p' } },
        deep: { terms: { field: 'g' }, aggs: { low: { min: { field: 'p' } } } },
      },
    });
    expect(found).toMatchObject({
      order: [
        { by: 'price', direction: 'desc' },
        { by: 's.avg', direction: 'asc' },
        { by: 'a.b', direction: 'asc' },
        { by: '_count', direction: 'asc' },
      ],
      aggs: { deep: { aggs: { low: { type: 'min', field: 'p' } } } },
    });
  });

  it('keeps names that objects treat as special', () => {
    const aggs = parseAggregations(JSON.parse('{"__proto__": {"max": {"field": "f"}}}'), 'aggs');
    expect(Object.keys(aggs)).toEqual(['__proto__']);
    expect(failure({ x: { terms: { field: 'f', order: { constructor: 'asc' } } } }).code).toBe('bad_aggregation');
  });

  it.each<[unknown, string, string]>([
    [[], 'bad_aggregation', 'aggs: expected an object of named aggregations'],
    [{ x: 1 }, 'bad_aggregation', 'aggs.x: expected an aggregation'],
    [{ x: {} }, 'bad_aggregation', 'aggs.x: no type; supported: terms, range'],
    [{ 'a>b': { max: { field: 'f' } } }, 'bad_aggregation', 'none of [ ] >'],
    [{ '': { max: { field: 'f' } } }, 'bad_aggregation', '1 to 256 characters'],
    [
      { x: { tems: {} } },
      'unknown_aggregation',
      'aggs.x: unknown aggregation "tems"; did you mean terms?; supported: terms',
    ],
    [
      { x: { bucket_sort: { size: 1 } } },
      'unknown_aggregation',
      'bucket_sort aggregation of Elasticsearch is not supported',
    ],
    [{ x: { max: { field: 'f' }, min: { field: 'f' } } }, 'bad_aggregation', 'one type, got max, min'],
    [{ x: { max: { field: 'f' }, aggs: {} } }, 'bad_aggregation', 'max has no buckets'],
    [{ x: { terms: { field: 'f' }, aggs: {}, aggregations: {} } }, 'bad_aggregation', 'give one'],
    [{ x: { terms: {} } }, 'bad_aggregation', 'aggs.x.terms: terms needs "field"'],
    [
      { x: { terms: { field: 'f', size: 0 } } },
      'bad_aggregation',
      'aggs.x.terms.size: expected an integer from 1 to 65536, got 0',
    ],
    [
      { x: { terms: { field: 'f' }, aggs: { y: { terms: { field: 'g', min_doc_count: 0 } } } } },
      'bad_aggregation',
      'aggs.x.aggs.y.terms.min_doc_count: min_doc_count 0 works at the top, and below filter',
    ],
    [{ x: { terms: { field: 'f', szie: 1 } } }, 'unknown_key', 'did you mean size?'],
    [{ x: { terms: { field: 'f', include: 'a(' } } }, 'bad_regexp', 'aggs.x.terms.include: '],
    [{ x: { terms: { field: 'f', exclude: 5 } } }, 'bad_aggregation', 'exclude: expected a regexp, or an array'],
    [{ x: { terms: { field: 'f', exclude: { partition: 1 } } } }, 'bad_aggregation', 'exclude: expected a regexp'],
    [
      { x: { terms: { field: 'f', include: { partition: 2, num_partitions: 2 } } } },
      'bad_aggregation',
      'include.partition: expected an integer from 0 to 1, got 2',
    ],
    [{ x: { terms: { field: 'f', include: { partition: 0 } } } }, 'bad_aggregation', 'needs "num_partitions"'],
    [
      { x: { terms: { field: 'f', include: { partition: 0, num_partitions: 2 }, exclude: ['a'] } } },
      'bad_aggregation',
      'a partition and exclude together',
    ],
    [
      { x: { meta: 5, terms: { field: 'f' } } },
      'bad_aggregation',
      'aggs.x.meta: expected an object at most 20 levels deep, got 5',
    ],
    [ordered({ _term: 'asc' }), 'bad_aggregation', 'it is _key now'],
    [ordered({ nope: 'asc' }), 'bad_aggregation', 'order by "nope", which is not'],
    [ordered({ _cuont: 'asc' }), 'bad_aggregation', 'did you mean _count?'],
    [ordered({ s: 'asc' }), 'bad_aggregation', 'as in "s.avg"'],
    [ordered({ 's.median': 'asc' }), 'bad_aggregation', 'as in "s.avg"'],
    [ordered({ t: 'asc' }), 'bad_aggregation', 'not one number a bucket'],
    [ordered({ _count: 'up' }), 'bad_aggregation', 'aggs.x.terms.order: expected one {"by": "asc"}'],
    [ordered([]), 'bad_aggregation', '1 to 8 orders'],
    [{ x: { range: { field: 'f', ranges: [] } } }, 'bad_aggregation', 'an array of 1 to 1024 ranges'],
    [
      { x: { range: { field: 'f', ranges: [{ from: '1' }] } } },
      'bad_aggregation',
      'ranges[0].from: expected a number, got "1"',
    ],
    [{ x: { range: { field: 'f', ranges: [{ from: 2, to: 1 }] } } }, 'bad_aggregation', 'from to be at most to'],
    [{ x: { histogram: { field: 'f' } } }, 'bad_aggregation', 'histogram needs "interval"'],
    [
      { x: { histogram: { field: 'f', interval: 0 } } },
      'bad_aggregation',
      'interval: expected a number above 0, got 0',
    ],
    [hist({}), 'bad_aggregation', 'exactly one of calendar_interval ("month") and fixed_interval ("90m")'],
    [hist({ interval: 'month' }), 'bad_aggregation', 'not interval'],
    [hist({ calendar_interval: '2d' }), 'bad_aggregation', 'several are a fixed_interval'],
    [hist({ fixed_interval: '1M' }), 'bad_aggregation', 'for months: calendar_interval'],
    [hist({ fixed_interval: '0d' }), 'bad_aggregation', 'got "0d"'],
    [hist({ calendar_interval: 'day', fixed_interval: '1d' }), 'bad_aggregation', 'exactly one'],
    [hist({ calendar_interval: 'day', time_zone: 'Mars/Olympus' }), 'bad_aggregation', 'time_zone: expected an IANA'],
    [hist({ calendar_interval: 'day', time_zone: '+25:00' }), 'bad_aggregation', 'got "+25:00"'],
    [hist({ calendar_interval: 'day', time_zone: '+0100' }), 'bad_aggregation', 'got "+0100"'],
    [hist({ calendar_interval: 'day', offset: '1w' }), 'bad_aggregation', 'as "+6h" or "-1d"'],
    [hist({ calendar_interval: 'day', hard_bounds: { min: 2, max: 1 } }), 'bad_aggregation', 'min to be at most max'],
    [hist({ calendar_interval: 'day', extended_bounds: { least: 2 } }), 'unknown_key', 'in extended_bounds'],
    [hist({ calendar_interval: 'day', script: '1' }), 'unsupported_option', 'script: not supported'],
    [{ x: { avg: { field: 'f', script: 0 } } }, 'unsupported_option', 'aggs.x.avg.script'],
    [{ x: { avg: { field: 'f', format: '' } } }, 'bad_aggregation', 'a pattern of 1 to 256 characters'],
    [{ x: { filter: { terms: { f: ['a'] }, term: { f: 1 } } } }, 'bad_query', 'aggs.x.filter: a query object has'],
    [{ x: { filters: { filters: {} } } }, 'bad_aggregation', '0 filters; give 1 to 1024'],
    [{ x: { filters: { filters: [{ nope: {} }] } } }, 'unknown_query', 'aggs.x.filters.filters[0]: unknown query'],
    [
      { x: { filters: { filters: { _other_: { match_all: {} } }, other_bucket: true } } },
      'bad_aggregation',
      'is a filter and the other bucket',
    ],
    [{ x: { terms: { field: 'f' }, aggs: { y: { global: {} } } } }, 'bad_aggregation', 'global stands at the top only'],
    [{ x: { percentiles: { field: 'f', percents: [101] } } }, 'bad_aggregation', 'numbers from 0 to 100'],
    [{ x: { percentiles: { field: 'f', tdigest: {}, hdr: {} } } }, 'bad_aggregation', 'give one of them'],
    [{ x: { percentile_ranks: { field: 'f' } } }, 'bad_aggregation', 'percentile_ranks needs "values"'],
    [{ x: { cardinality: { field: 'f', precision_threshold: -1 } } }, 'bad_aggregation', 'an integer from 0 to'],
    [{ x: { top_hits: { size: 101 } } }, 'bad_aggregation', 'from + size of top_hits is 101, more than 100'],
    [{ x: { top_hits: { explain: true } } }, 'unsupported_option', 'aggs.x.top_hits.explain'],
    [{ x: { top_hits: {}, aggs: {} } }, 'bad_aggregation', 'top_hits has no buckets'],
    [{ x: { weighted_avg: { value: { field: 'f' } } } }, 'bad_aggregation', 'weighted_avg needs "weight"'],
    [composite({ sources: [] }), 'bad_aggregation', 'an array of 1 to 16 sources'],
    [composite({ sources: [{ a: { range: {} } }] }), 'unknown_aggregation', '"range" is no source of composite'],
    [composite({ sources: [tagSource, tagSource] }), 'bad_aggregation', 'two sources are called "t"'],
    [composite({ sources: [tagSource], after: { x: 1 } }), 'bad_aggregation', 'one value for each of t'],
    [composite({ sources: [tagSource], after: { t: null } }), 'bad_aggregation', 'null, but the source has no missing'],
    [
      { x: { terms: { field: 'f' }, aggs: { y: { composite: { sources: [tagSource] } } } } },
      'bad_aggregation',
      'composite stands at the top only',
    ],
    [ordered({ p: 'asc' }, { p: { percentiles: { field: 'f' } } }), 'bad_aggregation', 'as in "p.1" (1, 5, 25'],
    [ordered({ 'p[50.5]': 'asc' }, { p: { percentiles: { field: 'f' } } }), 'bad_aggregation', 'as in "p.1"'],
    [ordered({ 't>m': 'asc' }), 'bad_aggregation', 'which is not one number a bucket'],
  ])('%j is %s', (aggs, code, message) => {
    const error = failure(aggs);
    expect(error).toMatchObject({ kind: 'invalid', code });
    expect(error.message).toContain(message);
  });

  it('bounds levels and number, before it goes down', () => {
    // The innermost of these is empty and counts as a level.
    expect(Object.keys(parseAggregations(nested(MAX_AGGREGATION_DEPTH - 1), 'aggs'))).toEqual(['x']);
    expect(failure(nested(MAX_AGGREGATION_DEPTH)).code).toBe('aggs_too_deep');
    const megabyte = JSON.parse('{"x":{"aggs":'.repeat(70_000) + '{}' + '}}'.repeat(70_000)) as unknown;
    expect(failure({ x: { terms: { field: 'f' }, aggs: megabyte } })).toMatchObject({ kind: 'invalid' });
    expect(Object.keys(parseAggregations(wide(MAX_AGGREGATIONS), 'aggs'))).toHaveLength(MAX_AGGREGATIONS);
    expect(failure(wide(MAX_AGGREGATIONS + 1)).code).toBe('too_many_aggs');
    expect(failure({ x: { terms: { field: 'f' }, aggs: wide(MAX_AGGREGATIONS) } }).code).toBe('too_many_aggs');
  });

  it('has no aggregation both supported and unsupported', () => {
    expect(SUPPORTED_AGGREGATIONS.filter((name) => UNSUPPORTED_AGGREGATIONS.includes(name))).toEqual([]);
  });
});
