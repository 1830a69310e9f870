import fc from 'fast-check';
import type { Aggregation, CompositeSource, Scalar, SearchRequest, SortKey, Suggester } from '#libs/query';
import { request } from './query-nodes.ts';
import { randomQuery } from './random-search.ts';

const sortKey = fc.record({
  field: fc.constantFrom('tag', 'title.keyword', 'size', 'price', 'open', 'when', '_score', '_id'),
  order: fc.constantFrom('asc' as const, 'desc' as const),
  missing: fc.constantFrom('_first' as const, '_last' as const),
});
const MISSING: Readonly<Record<string, readonly Scalar[]>> = {
  tag: ['ab', 'aa', '', '\uffff\uffff'],
  size: [0, 1.5, -7],
  price: [0.2, 1e300],
  open: [true],
  when: ['2024-04-01', 0],
  absent: ['m'],
};
const choicesOfSortKey: fc.Arbitrary<SortKey> = fc
  .tuple(
    sortKey,
    fc.constantFrom('tag', 'size', 'price', 'open', 'when', 'absent'),
    fc.constantFrom(undefined, 'min' as const, 'max' as const, 'sum' as const, 'avg' as const, 'median' as const),
    fc.nat(5),
  )
  .map(([key, field, mode, at]) => {
    const missingValue = MISSING[field]![at];
    const computed = mode === 'sum' || mode === 'avg' || mode === 'median';
    return {
      ...key,
      field,
      ...(mode && (!computed || ['size', 'price', 'when'].includes(field)) && { mode }),
      ...(missingValue !== undefined && { missingValue }),
      ...(field === 'absent' && { unmappedType: 'keyword' as const }),
    };
  });
export const randomSortKey: fc.Arbitrary<SortKey> = fc.oneof(sortKey, choicesOfSortKey);

type Aggs = Record<string, Aggregation>;
const metric: fc.Arbitrary<Aggregation> = fc
  .tuple(
    fc.constantFrom('stats', 'min', 'max', 'sum', 'avg', 'value_count', 'extended_stats'),
    fc.constantFrom('size', 'price', 'when', 'open', 'nowhere'),
    fc.constantFrom(undefined, 1),
  )
  .map(([type, field, missing]) => ({
    type,
    field,
    ...(missing !== undefined && field === 'price' && { missing }),
    ...(type === 'extended_stats' && { sigma: 2 }),
    aggs: {},
  }));

const sketch: fc.Arbitrary<Aggregation> = fc.oneof(
  fc
    .tuple(fc.constantFrom('tag', 'title.keyword', 'size', 'price', 'nowhere'), fc.constantFrom(0, 2, 3000))
    .map(([field, precisionThreshold]): Aggregation => ({ type: 'cardinality', field, precisionThreshold, aggs: {} })),
  fc.tuple(fc.constantFrom('size', 'price', 'when'), fc.boolean()).map(([field, keyed]): Aggregation => ({
    type: 'percentiles',
    field,
    points: [0, 25, 50, 99, 100],
    keyed,
    accuracy: 0.01,
    aggs: {},
  })),
  fc.constantFrom<Aggregation>(
    { type: 'percentile_ranks', field: 'price', points: [-1, 0, 0.2, 3], keyed: true, accuracy: 0.01, aggs: {} },
    { type: 'weighted_avg', value: { field: 'price' }, weight: { field: 'size', missing: 2 }, aggs: {} },
    { type: 'weighted_avg', value: { field: 'price', missing: 0.1 }, weight: { field: 'size' }, aggs: {} },
  ),
);

const topHits: fc.Arbitrary<Aggregation> = fc
  .tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1, 3), fc.array(sortKey, { maxLength: 2 }), fc.boolean())
  .map(([from, size, sort, shown]) => ({
    type: 'top_hits',
    from,
    size,
    sort,
    ...(!shown && { source: false }),
    aggs: {},
  }));

/** Filters of aggregations are not scored. */
const filter = randomQuery.filter((query) => !JSON.stringify(query).includes('"minScore"'));

const filters = (aggs: Aggs): fc.Arbitrary<Aggregation> =>
  fc.oneof(
    filter.map((query): Aggregation => ({ type: 'filter', filter: query, aggs })),
    fc.tuple(fc.array(filter, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([list, other]): Aggregation => ({
      type: 'filters',
      filters: list.map((query, at) => ({ key: `f${at}`, query })),
      named: true,
      keyed: true,
      ...(other && { otherKey: 'rest' }),
      aggs,
    })),
    fc.constantFrom('tag', 'title', 'size', 'nowhere').map((field): Aggregation => ({ type: 'missing', field, aggs })),
  );

const compositeSource: fc.Arbitrary<CompositeSource> = fc
  .tuple(
    fc.constantFrom<CompositeSource>(
      part({ name: 'a', type: 'terms', field: 'tag' }),
      part({ name: 'a', type: 'terms', field: 'open' }),
      part({ name: 'a', type: 'terms', field: 'nowhere' }),
      part({ name: 'a', type: 'histogram', field: 'size', interval: 2 }),
      part({ name: 'a', type: 'date_histogram', field: 'when', calendarInterval: 'week', timeZone: 'Europe/Berlin' }),
    ),
    fc.constantFrom<'asc' | 'desc'>('asc', 'desc'),
    fc.boolean(),
    fc.constantFrom<'first' | 'last'>('first', 'last'),
  )
  .map(([source, order, missingBucket, missingOrder]) => ({ ...source, order, missingBucket, missingOrder }));

function part<T>(options: T): T & Pick<CompositeSource, 'order' | 'missingBucket' | 'missingOrder'> {
  return { ...options, order: 'asc', missingBucket: false, missingOrder: 'first' };
}

const AFTER: Readonly<Record<string, Scalar>> = {
  tag: 'ab',
  open: true,
  size: 0,
  when: 1_712_000_000_000,
  nowhere: 'b',
};

const composite = (aggs: Aggs): fc.Arbitrary<Aggregation> =>
  fc
    .tuple(
      fc.array(compositeSource, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(1, 3, 50),
      fc.constantFrom('start', 'value', 'null'),
    )
    .map(([sources, size, from]) => ({
      type: 'composite',
      sources: sources.map((source, at) => ({ ...source, name: `s${at}` })),
      size,
      ...(from !== 'start' && {
        after: sources.map(({ field, missingBucket }) => (from === 'null' && missingBucket ? null : AFTER[field]!)),
      }),
      aggs,
    }));

const bucketing = (aggs: Aggs): fc.Arbitrary<Aggregation> =>
  fc.oneof(
    fc
      .tuple(
        fc.constantFrom('tag', 'title.keyword', 'size', 'open', 'when', 'nowhere'),
        fc.constantFrom(1, 3, 100),
        fc.constantFrom(undefined, 0),
      )
      .map(([field, size, missing]): Aggregation => ({
        type: 'terms',
        field,
        size,
        minDocCount: 1,
        order: [{ by: '_count', direction: 'desc' }],
        aggs,
        ...(missing !== undefined && field === 'size' && { missing }),
        ...(missing !== undefined && field === 'tag' && { missing: 'a' }),
        ...(size === 3 && field === 'tag' && { include: ['a', 'ab', 'none'] }),
        ...(size === 3 && field === 'size' && { exclude: [0, 1] }),
      })),
    filters(aggs),
    fc.constantFrom<Aggregation>(
      {
        type: 'range',
        field: 'size',
        ranges: [{ to: 0 }, { from: -1, to: 2 }, { key: 'top', from: 2 }],
        keyed: false,
        aggs,
      },
      { type: 'range', field: 'price', ranges: [{ from: 0.1, to: 0.3 }], keyed: true, aggs },
      {
        type: 'date_range',
        field: 'when',
        ranges: [{ to: '2024-04-01' }, { from: '2024-04-01||-3d/d' }],
        keyed: false,
        aggs,
      },
      { type: 'histogram', field: 'size', interval: 2, offset: 1, minDocCount: 0, keyed: false, aggs },
      { type: 'histogram', field: 'price', interval: 0.1, offset: 0, minDocCount: 1, keyed: false, aggs },
      {
        type: 'histogram',
        field: 'size',
        interval: 1,
        offset: 0.5,
        minDocCount: 0,
        keyed: true,
        missing: 7,
        extendedBounds: { min: -6, max: 9 },
        hardBounds: { min: -8, max: 10 },
        aggs,
      },
      {
        type: 'date_histogram',
        field: 'when',
        calendarInterval: 'week',
        timeZone: 'Europe/Berlin',
        minDocCount: 0,
        keyed: false,
        aggs,
      },
      {
        type: 'date_histogram',
        field: 'when',
        fixedIntervalMs: 3_600_000 * 36,
        timeZone: 'UTC',
        minDocCount: 1,
        keyed: true,
        aggs,
      },
    ),
  );

const metrics = fc.dictionary(
  fc.constantFrom('m', 'n', '__proto__'),
  fc.oneof({ weight: 2, arbitrary: metric }, { weight: 2, arbitrary: sketch }, { weight: 1, arbitrary: topHits }),
  { maxKeys: 2 },
);
/** What stands at the top only. */
const outermost = (aggs: Aggs): fc.Arbitrary<Aggregation> =>
  fc.oneof(
    { weight: 3, arbitrary: composite(aggs) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Aggregation>(
        { type: 'global', aggs },
        {
          type: 'terms',
          field: 'tag',
          size: 3,
          minDocCount: 0,
          order: [{ by: '_count', direction: 'asc' }],
          aggs,
        },
      ),
    },
  );
export const randomAggs: fc.Arbitrary<Aggs> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: metrics },
  {
    weight: 2,
    arbitrary: metrics
      .chain((inner) => bucketing(inner))
      .chain((middle) =>
        fc.oneof(
          fc.constant({ b: middle }),
          bucketing({ b: middle }).map((outer): Aggs => ({ o: outer })),
          outermost({ b: middle }).map((outer): Aggs => ({ o: outer })),
        ),
      ),
  },
);

const randomSuggester: fc.Arbitrary<Suggester> = fc.oneof(
  fc.record({
    type: fc.constant('term' as const),
    path: fc.constant('suggest'),
    field: fc.constantFrom('title', 'body', 'tag'),
    text: fc.constantFrom('ab', 'a bd', 'abx', 'zz', ''),
    size: fc.constantFrom(1, 5),
    sort: fc.constantFrom('score' as const, 'frequency' as const),
    mode: fc.constantFrom('missing' as const, 'popular' as const, 'always' as const),
    maxEdits: fc.constantFrom(1, 2),
    prefixLength: fc.constantFrom(0, 1),
    minWordLength: fc.constantFrom(1, 2),
    minDocFreq: fc.constantFrom(0, 2),
  }),
  fc.record({
    type: fc.constant('completion' as const),
    path: fc.constant('suggest'),
    field: fc.constantFrom('title', 'tag', 'title.keyword'),
    prefix: fc.constantFrom('a', 'B', '\u{1f600}', 'ab'),
    size: fc.constantFrom(1, 5),
  }),
);
export const randomSuggest = fc.dictionary(fc.constantFrom('s', 't', '__proto__'), randomSuggester, { maxKeys: 2 });

export const randomRequest: fc.Arbitrary<SearchRequest> = fc
  .record({
    query: randomQuery,
    from: fc.constantFrom(0, 0, 1, 5),
    size: fc.constantFrom(0, 1, 3, 10, 50),
    sort: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(randomSortKey, { maxLength: 3 }) },
    ),
    aggs: randomAggs,
    trackTotalHits: fc.constantFrom<boolean | number>(true, true, false, 0, 3),
    postFilter: fc.option(randomQuery, { nil: undefined, freq: 5 }),
    minScore: fc.constantFrom(undefined, undefined, undefined, 0.37),
    explain: fc.constantFrom(undefined, undefined, true),
    trackScores: fc.constantFrom(undefined, undefined, true),
    suggest: fc.option(randomSuggest, { nil: undefined, freq: 2 }),
  })
  .map(({ query, postFilter, minScore, explain, trackScores, suggest, ...options }) =>
    request(query, {
      ...options,
      ...(postFilter && { postFilter: { ...postFilter, name: 'filter' } }),
      ...(minScore !== undefined && { minScore }),
      ...(explain && { explain }),
      ...(trackScores && { trackScores }),
      ...(suggest && { suggest }),
    }),
  );
