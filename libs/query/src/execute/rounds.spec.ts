import { corrupt, QuarryError, systemClock, type Clock } from '#libs/kernel';
import type { SegmentSource } from '#libs/segment';
import { bool, match, phrase, prefix, range, request, term } from '#libs/testing';
import { compileQuery } from '../compile/compile-query.ts';
import { buildSegment, fieldStatistics, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import { searchSegments } from './search-segments.ts';

const schema = testSchema({ body: { type: 'text' }, tag: { type: 'keyword' }, n: { type: 'long' } });
const documents: TestDocument[] = Array.from({ length: 3000 }, (_, at) => ({
  id: `id${at}`,
  values: { body: [`all w${at % 7} w${at % 11} w${at}`], tag: [`t${at % 5}`], n: [at] },
}));

/** Counts rounds and ranges; `broken` decides which round fails. */
function counting(broken: (round: number) => boolean = () => false) {
  const counts = { rounds: 0, ranges: 0 };
  const wrap = (source: SegmentSource): SegmentSource => ({
    read: (ranges) => {
      counts.rounds++;
      counts.ranges += ranges.length;
      return broken(counts.rounds) ? Promise.reject(corrupt('damaged')) : source.read(ranges);
    },
  });
  return { counts, wrap };
}

const byTag = [{ field: 'tag', order: 'asc', missing: '_last' }] as const;

describe('the rounds of a cold search', () => {
  // Opening is a round of its own: the footer.
  it.each([
    ['one term', request(match('body', 'w3')), 4, 8],
    [
      'three words and a filter',
      request(bool({ must: [match('body', 'w3 w5 all')], filter: [range('n', { gte: 9 })] })),
      4,
      14,
    ],
    ['a phrase', request(phrase('body', 'all w3')), 4, 12],
    ['a prefix', request(prefix('body', 'w2')), 4, 1200],
    ['sorted by a keyword', request(term('body', 'all'), { sort: byTag }), 5, 10],
  ])('are few: %s', async (_name, asked, rounds, ranges) => {
    const { counts, wrap } = counting();
    const segment = await buildSegment('s', documents, schema, undefined, wrap);
    const partial = await runSearch([segment], asked, schema, fieldStatistics([segment]));
    expect(partial.hits.length).toBeGreaterThan(0);
    expect(counts.rounds).toBeLessThanOrEqual(rounds);
    expect(counts.ranges).toBeLessThanOrEqual(ranges);
  });

  it('reads no postings where the dictionary says that nothing matches', async () => {
    const { counts, wrap } = counting();
    const segment = await buildSegment('s', documents, schema, undefined, wrap);
    const query = bool({ must: [match('body', 'all nowhere', { operator: 'and' })] });
    const partial = await runSearch([segment], request(query), schema, fieldStatistics([segment]));
    expect(partial.total).toEqual({ value: 0, relation: 'eq' });
    expect(counts.rounds).toBe(2);
  });
});

describe('a segment that fails', () => {
  it.each([2, 3, 4])('in round %i is a failure in the answer, and the others answer as if alone', async (round) => {
    const { wrap } = counting((at) => at === round);
    // The broken one has the better documents: its threshold must not outlive it.
    const better = documents.slice(0, 100).map(({ id }) => ({ id: `b${id}`, values: { body: ['w3'] } }));
    const broken = await buildSegment('broken', better, schema, undefined, wrap);
    const good = await buildSegment('good', documents, schema);
    const asked = request(match('body', 'w3'), { trackTotalHits: false });
    const statistics = { ...fieldStatistics([broken, good]), docFreqs: { body: { w3: 800 } } };
    const partial = await runSearch([broken, good], asked, schema, statistics);
    expect(partial).toMatchObject({
      attempted: 2,
      succeeded: 1,
      failed: [{ segment: 'broken', error: { kind: 'corrupt' } }],
    });
    expect(partial.total.relation).toBe('gte');
    expect(partial.hits).toEqual((await runSearch([good], asked, schema, statistics)).hits);
    expect(partial.hits).toHaveLength(10);
  });

  it('by the deadline is a failure with code timeout', async () => {
    let now = 0;
    const clock: Clock = { ...systemClock, monotonic: () => now, after: () => () => undefined };
    const segments = await Promise.all([1, 2].map((n) => buildSegment(`s${n}`, documents, schema)));
    const asked = request(match('body', 'all'));
    const compiled = compileQuery(asked.query, schema, { now: 0 });
    const search = (deadline: number): ReturnType<typeof searchSegments> =>
      searchSegments(segments, asked, compiled, schema, fieldStatistics(segments), { clock, deadline });
    expect(await search(1)).toMatchObject({ succeeded: 2 });
    now = 2;
    const late = await search(1);
    expect(late.failed.map(({ error }) => error.code)).toEqual(['timeout', 'timeout']);
  });

  it.each([
    ['documents', 4, {}],
    ['sort values', 4, { sort: byTag }],
    ['documents, sorted by a keyword,', 5, { sort: byTag }],
  ])('to bring its %s in time is a timeout, and the others answer as if alone', async (_name, round, options) => {
    const hanging = Promise.withResolvers<never>();
    let reads = 0;
    const hang = (source: SegmentSource): SegmentSource => ({
      read: (ranges) => (++reads === round ? hanging.promise : source.read(ranges)),
    });
    const better = documents.slice(0, 100).map(({ id }) => ({ id: `b${id}`, values: { body: ['w3'], tag: ['a'] } }));
    const slow = await buildSegment('slow', better, schema, undefined, hang);
    const good = await buildSegment('good', documents, schema);
    const asked = request(match('body', 'w3'), { trackTotalHits: false, ...options });
    const compiled = compileQuery(asked.query, schema, { now: 0 });
    const statistics = { ...fieldStatistics([slow, good]), docFreqs: { body: { w3: 800 } } };
    const partial = await searchSegments([slow, good], asked, compiled, schema, statistics, {
      clock: systemClock,
      deadline: systemClock.monotonic() + 100,
    });
    expect(reads).toBe(round);
    expect(partial.failed).toMatchObject([{ segment: 'slow', error: { code: 'timeout' } }]);
    expect(partial.hits).toEqual((await runSearch([good], asked, schema, statistics)).hits);
    expect(partial.hits).toHaveLength(10);
  });

  it('because nobody waits any more rejects with cancelled', async () => {
    const segment = await buildSegment('s', documents.slice(0, 3), schema);
    const asked = request(match('body', 'all'));
    const compiled = compileQuery(asked.query, schema, { now: 0 });
    const options = { clock: systemClock, signal: AbortSignal.abort() };
    await expect(searchSegments([segment], asked, compiled, schema, { fields: {} }, options)).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });

  it('because of the request itself rejects', async () => {
    const many = Array.from({ length: 700 }, (_, at) => ({
      id: String(at),
      values: { body: [Array.from({ length: 100 }, (_word, i) => `x${at * 100 + i}`).join(' ')] },
    }));
    const segment = await buildSegment('s', many, schema);
    const failure: unknown = await runSearch([segment], request(prefix('body', 'x')), schema, { fields: {} }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(QuarryError);
    expect(failure).toMatchObject({ kind: 'invalid', code: 'too_many_terms' });
    expect((await runSearch([segment], request(prefix('body', 'x1')), schema)).total.value).toBeGreaterThan(100);
  });
});
