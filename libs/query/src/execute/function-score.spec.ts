import { bool, functionScore, match, matchAll, request, term } from '#libs/testing';
import type { DecayNode, FieldValueFactorNode, ScoreFunctionNode } from '../query-node.ts';
import { parseQuery } from '../syntax/queries/parse-query.ts';
import { compileQuery } from '../compile/compile-query.ts';
import { buildSegment, testSchema, type TestDocument } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import type { SearchableSegment } from '../search.ts';

const schema = testSchema({
  body: { type: 'text' },
  tag: { type: 'keyword' },
  likes: { type: 'long' },
  when: { type: 'date' },
});
const documents: TestDocument[] = [
  { id: 'a', values: { body: ['x'], tag: ['red'], likes: [9], when: [Date.parse('2024-01-10')] } },
  { id: 'b', values: { body: ['x'], tag: ['blue'], likes: [99, 999], when: [Date.parse('2024-01-20')] } },
  { id: 'c', values: { body: ['x y'], tag: ['red'] } },
];
const parsed = (body: object): ReturnType<typeof parseQuery> => parseQuery(body, 'query');

describe('function_score', () => {
  let segment: SearchableSegment;
  beforeAll(async () => {
    segment = await buildSegment('s', documents, schema);
  });
  const scores = async (query: ReturnType<typeof parseQuery>, options: object = {}): Promise<unknown> =>
    Object.fromEntries(
      (await runSearch([segment], request(query, options), schema)).hits.map(({ id, score }) => [
        id,
        Number(score!.toFixed(6)),
      ]),
    );

  it('is what Elasticsearch documents', async () => {
    const factor = { field: 'likes', modifier: 'log1p', missing: 0 };
    expect(await scores(parsed({ function_score: { field_value_factor: factor } }))).toEqual({ a: 1, b: 2, c: 0 });
    const nearby = { gauss: { when: { origin: '2024-01-10', scale: '10d' } } };
    expect(await scores(parsed({ function_score: nearby }))).toEqual({ a: 1, b: 0.5, c: 1 });
    expect(
      await scores(
        parsed({
          function_score: {
            query: { match_all: { boost: 3 } },
            functions: [
              { filter: { term: { tag: 'red' } }, weight: 2 },
              { filter: { exists: { field: 'likes' } }, weight: 5 },
            ],
            score_mode: 'sum',
            boost_mode: 'sum',
            max_boost: 6,
          },
        }),
      ),
    ).toEqual({ a: 9, b: 8, c: 5 });
    expect(
      await scores(
        parsed({ boosting: { positive: { match_all: {} }, negative: { term: { tag: 'red' } }, negative_boost: 0.2 } }),
      ),
    ).toEqual({ a: 0.2, b: 1, c: 0.2 });
  });

  it('draws random scores that a seed repeats, another order for another seed', async () => {
    const draw = (seed: number): Promise<unknown> => scores(parsed({ function_score: { random_score: { seed } } }));
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });

  it('min_score decides what matches, in filters and for counts too', async () => {
    const liked = parsed({
      function_score: { field_value_factor: { field: 'likes', missing: 0 }, boost_mode: 'replace', min_score: 10 },
    });
    const { hits, total } = await runSearch([segment], request(liked), schema);
    expect([hits.map(({ id }) => id), total.value]).toEqual([['b'], 1]);
    expect((await runSearch([segment], request(liked, { size: 0 }), schema)).total.value).toBe(1);
    const others = bool({ mustNot: [liked] });
    expect((await runSearch([segment], request(others), schema)).hits.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  const factor = (options: Partial<FieldValueFactorNode>): ScoreFunctionNode => ({
    path: 'query.f',
    weight: 1,
    value: { type: 'field_value_factor', field: 'likes', factor: 1, modifier: 'none', ...options },
  });

  it.each<[string, Partial<FieldValueFactorNode>, string]>([
    ['missing_value', {}, 'query.f: a document that matches has no "likes"'],
    ['bad_score', { missing: 1, factor: -1 }, 'is -'],
    ['bad_score', { missing: 0, modifier: 'ln' }, 'ln of 1 * 0 ("likes") is -Infinity'],
    ['bad_score', { missing: 0, modifier: 'reciprocal' }, 'is Infinity'],
  ])('%s for %j, whatever could have been skipped', async (code, options, message) => {
    for (const asked of [
      functionScore(matchAll(), { functions: [factor(options)] }),
      functionScore(functionScore(match('body', 'x'), { functions: [factor(options)] }), {
        functions: [factor({ missing: 1 })],
        boostMode: 'replace',
        maxBoost: 2,
      }),
    ]) {
      for (const size of [1, 10]) {
        const search = runSearch([segment], request(asked, { size, trackTotalHits: false }), schema);
        await expect(search).rejects.toMatchObject({
          kind: 'invalid',
          code,
          message: expect.stringContaining(message) as unknown,
        });
      }
    }
  });

  it('is not asked about what does not match', async () => {
    const asked = functionScore(term('tag', 'blue'), { functions: [factor({})] });
    expect(await scores(asked)).toMatchObject({ b: expect.any(Number) as unknown });
  });

  const decay = (options: Partial<DecayNode>): ScoreFunctionNode => ({
    path: 'query.f',
    weight: 1,
    value: {
      type: 'decay',
      curve: 'gauss',
      field: 'likes',
      origin: 0,
      scale: 1,
      offset: 0,
      decay: 0.5,
      multiValueMode: 'min',
      ...options,
    },
  });
  it.each<[string, ScoreFunctionNode]>([
    ['unknown_field', factor({ field: 'nowhere' })],
    ['field_type_mismatch', factor({ field: 'tag' })],
    ['unknown_field', decay({ field: 'nowhere' })],
    ['bad_decay', decay({ scale: 0 })],
    ['bad_decay', decay({ scale: '1d' })],
    ['bad_decay', decay({ field: 'when', origin: 0, scale: 'week' })],
    ['bad_value', decay({ field: 'when', origin: 'yesterday', scale: '1d' })],
    ['field_type_mismatch', { path: 'q', weight: 1, value: { type: 'random_score', field: 'tag' } }],
  ])('%s is refused before the search', (code, one) => {
    const asked = functionScore(matchAll(), { functions: [one] });
    expect(() => compileQuery(asked, schema, { now: 0 })).toThrow(expect.objectContaining({ kind: 'invalid', code }));
  });

  it.each<[object, string, string]>([
    [{ script_score: {} }, 'unsupported_option', 'script_score: not supported in function_score'],
    [{ functions: [{}] }, 'bad_query', 'functions[0]: a function needs one of field_value_factor'],
    [{ functions: [{ gauss: {}, exp: {} }] }, 'bad_query', 'gauss and exp in one function'],
    [{ functions: [], weight: 1 }, 'bad_query', 'one function beside functions'],
    [{ functions: {} }, 'bad_query', 'an array of functions'],
    [{ weight: -1 }, 'bad_query', 'weight: expected a number of at least 0, got -1'],
    [{ gauss: { f: { scale: 1 }, g: { scale: 1 } } }, 'bad_query', 'gauss takes exactly one field'],
    [{ gauss: { f: { origin: 1 } } }, 'bad_query', 'gauss needs "scale"'],
    [{ gauss: { f: { scale: 1, decay: 1 } } }, 'bad_query', 'a number above 0 and below 1'],
    [{ field_value_factor: { field: 'f', modifier: 'cube' } }, 'bad_query', 'one of none, log'],
    [{ score_mode: 'mean' }, 'bad_query', 'one of multiply, sum, avg, first, max, min'],
  ])('%j is %s', (body, code, message) => {
    expect(() => parsed({ function_score: body })).toThrow(
      expect.objectContaining({ kind: 'invalid', code, message: expect.stringContaining(message) as unknown }),
    );
  });

  it('boosting needs all of its parts', () => {
    expect(() => parsed({ boosting: { positive: { match_all: {} } } })).toThrow('boosting needs "negative"');
  });
});
