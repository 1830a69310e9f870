import fc from 'fast-check';
import type { Aggregation, SearchRequest, SortKey } from '#libs/query';
import { request } from './query-nodes.ts';
import { randomQuery } from './random-search.ts';

const sortKey: fc.Arbitrary<SortKey> = fc.record({
  field: fc.constantFrom('tag', 'title.keyword', 'size', 'price', 'open', 'when', '_score', '_id'),
  order: fc.constantFrom('asc', 'desc'),
  missing: fc.constantFrom('_first', '_last'),
});

type Aggs = Record<string, Aggregation>;
const metric: fc.Arbitrary<Aggregation> = fc
  .tuple(
    fc.constantFrom('stats', 'min', 'max', 'sum', 'avg', 'value_count'),
    fc.constantFrom('size', 'price', 'when', 'open', 'nowhere'),
  )
  .map(([type, field]) => ({ type, field, aggs: {} }));

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
      })),
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

const metrics = fc.dictionary(fc.constantFrom('m', 'n', '__proto__'), metric, { maxKeys: 2 });
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
        ),
      ),
  },
);

export const randomRequest: fc.Arbitrary<SearchRequest> = fc
  .record({
    query: randomQuery,
    from: fc.constantFrom(0, 0, 1, 5),
    size: fc.constantFrom(0, 1, 3, 10, 50),
    sort: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(sortKey, { maxLength: 3 }) },
    ),
    aggs: randomAggs,
    trackTotalHits: fc.constantFrom<boolean | number>(true, true, false, 0, 3),
  })
  .map(({ query, ...options }) => request(query, options));
