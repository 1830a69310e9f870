import fc from 'fast-check';
import { seededRandom } from '#libs/kernel';
import { bool, disMax, functionScore, match, matchAll, phrase, range, request, term } from '#libs/testing';
import { buildSegment, fieldStatistics, testSchema, type TestDocument } from '../testing/build-segments.ts';
import type { QueryNode, ScoreFunctionNode } from '../query-node.ts';
import type { SearchableSegment } from '../search.ts';
import { runSearch } from '../testing/run-search.ts';

const schema = testSchema({
  title: { type: 'text' },
  body: { type: 'text' },
  tag: { type: 'keyword' },
  n: { type: 'long' },
  position: { type: 'long' },
  nothing: { type: 'long' },
});

/** Words by Zipf's law, lengths from 1 to 60, a few documents that are made of one word: blocks that differ. */
function corpus(count: number, seed: number): TestDocument[] {
  const random = seededRandom(seed);
  const words = (length: number): string =>
    Array.from({ length }, () => `w${Math.floor(40 ** random.next()) - 1}`).join(' ');
  return Array.from({ length: count }, (_, at) => ({
    id: `${Math.floor(random.next() * 1e9)}-${at}`,
    values: {
      title: [words(1 + Math.floor(random.next() * 4))],
      body: [random.next() < 0.02 ? 'w3 '.repeat(30).trim() : words(1 + Math.floor(random.next() ** 3 * 60))],
      tag: [`t${Math.floor(random.next() * 5)}`],
      n: [Math.floor(random.next() * 1000)],
      position: at % 4096 < 4000 ? [at] : [],
    },
  }));
}

const word = fc.integer({ min: 0, max: 40 }).map((n) => `w${n}`);
const words = fc.array(word, { minLength: 1, maxLength: 5 }).map((list) => list.join(' '));
const field = fc.constantFrom('title', 'body');
const node: fc.Arbitrary<QueryNode> = fc.oneof(
  fc.tuple(field, word).map(([name, value]) => term(name, value)),
  fc.integer({ min: 0, max: 5 }).map((n) => term('tag', `t${n}`)),
  // More terms than are kept apart.
  fc.array(word, { minLength: 33, maxLength: 40 }).map((list) => match('body', list.join(' '))),
  fc.tuple(field, words).map(([name, query]) => match(name, query)),
  fc.tuple(field, words).map(([name, query]) => match(name, query, { operator: 'and' })),
  fc.tuple(field, words).map(([name, query]) => match(name, query, { minimumShouldMatch: 2 })),
  fc
    .tuple(field, fc.array(word, { minLength: 2, maxLength: 3 }), fc.constantFrom(0, 0, 2))
    .map(([name, list, slop]) => phrase(name, list.join(' '), slop)),
);
const query = fc.oneof(
  { weight: 3, arbitrary: node },
  {
    weight: 2,
    arbitrary: fc
      .record({
        must: fc.array(node, { maxLength: 2 }),
        should: fc.array(node, { maxLength: 3 }),
        mustNot: fc.array(node, { maxLength: 1 }),
        from: fc.constantFrom(undefined, 100, 900),
      })
      .map(({ from, ...parts }) => bool({ ...parts, filter: from === undefined ? [] : [range('n', { gte: from })] })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(node, { minLength: 1, maxLength: 3 }), fc.constantFrom(0, 0.3))
      .map(([list, by]) => disMax(list, by)),
  },
);

/** Values that depend on where in the segment a document is: zone maps bound them. */
const functionValue = fc.oneof(
  fc.constantFrom('n', 'position').map((name): ScoreFunctionNode['value'] => ({
    type: 'field_value_factor',
    field: name,
    factor: 1,
    modifier: 'ln2p',
    missing: 5,
  })),
  fc.constantFrom('gauss' as const, 'exp' as const, 'linear' as const).map((curve): ScoreFunctionNode['value'] => ({
    type: 'decay',
    curve,
    field: 'position',
    origin: 5500,
    scale: 300,
    offset: 10,
    decay: 0.5,
    multiValueMode: 'min',
  })),
  fc.constant<ScoreFunctionNode['value']>({ type: 'random_score', field: '_id', seed: 'a' }),
);
const scored = fc
  .record({
    query: fc.oneof(query, fc.constant(matchAll())),
    functions: fc.array(
      fc.record(
        { path: fc.constant('q'), weight: fc.constantFrom(1, 0.1, 3), filter: node, value: functionValue },
        {
          requiredKeys: ['path', 'weight', 'value'],
        },
      ),
      { minLength: 1, maxLength: 2 },
    ),
    scoreMode: fc.constantFrom('multiply' as const, 'sum' as const, 'avg' as const, 'first' as const, 'max' as const),
    boostMode: fc.constantFrom('multiply' as const, 'replace' as const, 'sum' as const, 'avg' as const, 'min' as const),
  })
  .map(({ query: inner, ...parts }) => functionScore(inner, parts));

describe('pruned top-k', () => {
  let segments: SearchableSegment[];
  let withDeletes: SearchableSegment[];
  beforeAll(async () => {
    const documents = corpus(9000, 1);
    const deleted = new Set(documents.filter((_, at) => at % 7 === 0).map(({ id }) => id));
    const cuts = [documents.slice(0, 6000), documents.slice(6000, 6001), documents.slice(6001)];
    segments = await Promise.all(cuts.map((cut, at) => buildSegment(`s${at}`, cut, schema)));
    withDeletes = await Promise.all(cuts.map((cut, at) => buildSegment(`d${at}`, cut, schema, deleted)));
  });

  it('equals exhaustive top-k, by two ways of being exhaustive', async () => {
    let inexact = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 4, arbitrary: query }, { weight: 1, arbitrary: scored }),
        fc.constantFrom(1, 3, 10, 100),
        fc.boolean(),
        async (asked, size, deletes) => {
          const searched = deletes ? withDeletes : segments;
          const statistics = fieldStatistics(searched);
          const run = (options: object): ReturnType<typeof runSearch> =>
            runSearch(searched, request(asked, { size, ...options }), schema, statistics);
          const exhaustive = await run({ trackTotalHits: true });
          // Scores as one sort key of two: every document is scored by the general scorers.
          const sorted = await run({
            sort: [
              { field: '_score', order: 'desc', missing: '_last' },
              { field: 'nothing', order: 'asc', missing: '_last' },
            ],
          });
          expect(sorted.total).toEqual(exhaustive.total);
          expect(sorted.hits.map(({ id, score }) => ({ id, score }))).toEqual(
            exhaustive.hits.map(({ id, score }) => ({ id, score })),
          );
          for (const trackTotalHits of [false, 50]) {
            const pruned = await run({ trackTotalHits });
            expect(pruned.hits).toEqual(exhaustive.hits);
            const { value, relation } = pruned.total;
            const most = exhaustive.total.value;
            // Exact, or a lower bound beyond what had to be exact.
            expect(relation === 'eq' ? value === most : value <= most && value > Number(trackTotalHits)).toBe(true);
            if (relation === 'gte') inexact++;
          }
          const last = exhaustive.hits.at(-1);
          if (!last) return;
          const twoPages = await run({ trackTotalHits: true, size: 2 * size });
          const later = await run({ trackTotalHits: false, searchAfter: [last.score, last.id] });
          expect(later.hits).toEqual(twoPages.hits.slice(size));
        },
      ),
      { numRuns: 300 },
    );
    // Else nothing was pruned, and the test tested nothing.
    expect(inexact).toBeGreaterThan(50);
  });
});
