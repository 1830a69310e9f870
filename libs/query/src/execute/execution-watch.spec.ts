import { systemClock, type Clock } from '#libs/kernel';
import { compileSearch } from '../compile/compile-query.ts';
import type { SearchableSegment } from '../search.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import type { SearchPartial } from '../search-partial.ts';
import { buildSegment, fieldStatistics, testSchema } from '../testing/build-segments.ts';
import { Deadline } from './deadline.ts';
import { ExecutionWatch } from './execution-watch.ts';
import { searchSegments } from './search-segments.ts';

const DOCUMENTS = 20_000;
const DEADLINE = 1_000;
const schema = testSchema({
  body: { type: 'text' },
  tag: { type: 'keyword' },
  n: { type: 'long' },
  some: { type: 'long' },
});

const segmentOf = (count: number): Promise<SearchableSegment> =>
  buildSegment(
    `of${count}`,
    Array.from({ length: count }, (_, at) => ({
      id: `id${at}`,
      values: {
        body: [`all w${at % 3} of ${at % 2 === 0 ? 'these words' : 'words these'}`],
        tag: [`t${at % 1000}`],
        n: [at % 5000],
        some: at % 2 === 0 ? [at] : [],
      },
    })),
    schema,
    // What need not look at documents would not look at the clock either.
    new Set(['id0']),
  );

/** A clock that stands, until it is read for the n-th time: from then on the deadline is over. */
function clockThatJumpsAt(read: number): { clock: Clock; reads: () => number } {
  let reads = 0;
  const monotonic = (): number => (++reads >= read ? DEADLINE : 0);
  return { clock: { ...systemClock, monotonic, after: () => () => undefined }, reads: () => reads };
}

async function search(segment: SearchableSegment, body: unknown, clock: Clock): Promise<SearchPartial> {
  const request = parseSearchRequest(body);
  const compiled = compileSearch(request, schema, { now: 0 });
  const statistics = fieldStatistics([segment]);
  return searchSegments([segment], request, compiled, schema, statistics, { clock, deadline: DEADLINE });
}

let small: SearchableSegment;
let large: SearchableSegment;
beforeAll(async () => {
  small = await segmentOf(10);
  large = await segmentOf(DOCUMENTS);
});

const counted = { trackTotalHits: true };
const must = [{ match: { body: 'all' } }, { match: { body: 'of' } }];
/** Everything that looks at many documents of a segment, each by what is particular about it. */
const searches: [string, object][] = [
  ['a term', { query: { match: { body: 'all' } }, track_total_hits: 1e6 }],
  ['a term among deletes and filters', { query: { bool: { must: must[0], filter: { range: { n: { gte: 0 } } } } } }],
  ['a conjunction', { query: { bool: { must } }, ...counted }],
  ['a disjunction', { query: { match: { body: 'all w1 of' } }, track_total_hits: 1e6 }],
  ['a phrase', { query: { match_phrase: { body: 'these words' } }, ...counted }],
  ['a phrase that is nowhere', { query: { match_phrase: { body: 'words all' } } }],
  ['a sloppy phrase', { query: { match_phrase: { body: { query: 'these all', slop: 6 } } } }],
  [
    'phrases that never meet',
    {
      query: {
        bool: { must: [{ match_phrase: { body: 'these words' } }, { match_phrase: { body: 'words these' } }] },
      },
    },
  ],
  ['a general scorer', { query: { dis_max: { queries: must } }, track_total_hits: 1e6 }],
  [
    'several of many',
    { query: { bool: { should: [...must, { match: { body: 'nowhere w0 w1' } }], minimum_should_match: 3 } } },
  ],
  ['one score for all', { query: { constant_score: { filter: { range: { n: { gte: 1 } } } } } }],
  ['a range of numbers', { size: 0, query: { range: { n: { gte: 1 } } } }],
  ['a set of a word', { size: 0, query: { bool: { should: must } }, aggs: { n: { max: { field: 'some' } } } }],
  ['a prefix, by its column', { size: 0, query: { prefix: { tag: 't' } } }],
  ['what has a number', { size: 0, query: { exists: { field: 'some' } } }],
  [
    'counts of many clauses',
    { size: 0, query: { bool: { should: [1, 2, 3, 4, 5].map(() => must[0]), minimum_should_match: 5 } } },
  ],
  ['sorting', { sort: ['n'] }],
  ['sorting by score and field', { sort: ['_score', 'n'], query: { match: { body: 'all' } } }],
  ['min_score', { min_score: 0.0001, query: { match: { body: 'all' } } }],
  ...Object.entries({
    terms: { field: 'tag' },
    histogram: { field: 'n', interval: 3 },
    range: { field: 'n', ranges: [{ from: 3 }] },
    filter: { match_all: {} },
    missing: { field: 'some' },
    composite: { sources: [{ t: { terms: { field: 'n' } } }] },
    sum: { field: 'n' },
    weighted_avg: { value: { field: 'n' }, weight: { field: 'n' } },
    cardinality: { field: 'some' },
    percentiles: { field: 'n' },
    top_hits: { sort: ['n'] },
    global: {},
  }).map(([type, options]): [string, object] => [
    `the aggregation ${type}`,
    { size: 0, aggs: { a: { [type]: options } } },
  ]),
];

describe('within one segment', () => {
  it.each(searches)('%s looks at the clock again and again', async (_name, body) => {
    const reads = async (segment: SearchableSegment): Promise<number> => {
      const { clock, reads: count } = clockThatJumpsAt(Infinity);
      expect((await search(segment, body, clock)).failed).toEqual([]);
      return count();
    };
    // Of 20,000 documents at least half are looked at, and 8,192 between two looks.
    expect((await reads(large)) - (await reads(small))).toBeGreaterThanOrEqual(1);
  });

  it.each(searches)('%s fails as a whole when the time is over, or not at all', async (_name, body) => {
    const { clock: still, reads } = clockThatJumpsAt(Infinity);
    const whole = await search(large, body, still);
    const timing = { ioMs: 0, cpuMs: 0 };
    const step = Math.ceil(reads() / 6);
    for (let read = 1; read <= reads(); read += step) {
      const partial = await search(large, body, clockThatJumpsAt(read).clock);
      if (partial.failed.length > 0) {
        expect(partial).toMatchObject({ succeeded: 0, hits: [], failed: [{ error: { code: 'timeout' } }] });
      } else expect({ ...partial, receipt: timing }).toEqual({ ...whole, receipt: timing });
    }
  });

  it('a search that was called off ends', () => {
    const controller = new AbortController();
    const watch = new ExecutionWatch(new Deadline(systemClock, undefined, controller.signal));
    watch.inStretches(100_000, () => undefined);
    controller.abort();
    expect(() => watch.inStretches(100_000, () => undefined)).toThrow('the search was cancelled');
  });
});

describe('a stretch', () => {
  it.each([0, 1, 8191, 8192, 8193, 30_000])('of %i is whole and in order', (count) => {
    let next = 0;
    new ExecutionWatch().inStretches(count, (from, to) => {
      expect(from).toBe(next);
      expect(to).toBeGreaterThan(from);
      next = to;
    });
    expect(next).toBe(count);
  });
});
