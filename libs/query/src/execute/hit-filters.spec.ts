import { bool, matchAll, request, term } from '#libs/testing';
import { finishSearch } from '../present/finish-search.ts';
import type { SearchRequest } from '../search-request.ts';
import type { SearchResult } from '../search-partial.ts';
import { parseSearchRequest } from '../syntax/parse-search-request.ts';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';

const schema = testSchema({ body: { type: 'text' }, tag: { type: 'keyword' }, size: { type: 'long' } });
const documents = [
  { id: 'a', values: { body: ['x x'], tag: ['red'], size: [1] } },
  { id: 'b', values: { body: ['x'], tag: ['blue'], size: [2] } },
  { id: 'c', values: { body: ['y'], tag: ['red'], size: [3] } },
];

async function search(asked: SearchRequest): Promise<SearchResult> {
  const segment = await buildSegment('s', documents, schema);
  return finishSearch(await runSearch([segment], asked, schema), asked, schema, { version: 1, tookMs: 0 });
}
const found = ({ hits, total }: SearchResult): unknown => [hits.map(({ _id }) => _id), total.value];
const sum: SearchRequest['aggs'] = { sum: { type: 'sum', field: 'size', aggs: {} } };

describe('post_filter', () => {
  it('filters hits and totals, not aggregations', async () => {
    for (const sort of [[], [{ field: 'size', order: 'asc', missing: '_last' } as const]]) {
      const result = await search(request(matchAll(), { aggs: sum, sort, postFilter: term('tag', 'red') }));
      expect(found(result)).toEqual([['a', 'c'], 2]);
      expect(result.aggs).toEqual({ sum: { value: 6 } });
    }
  });

  it('may leave no hit at all', async () => {
    for (const postFilter of [term('tag', 'green'), { type: 'match_none', boost: 1, path: 'p' } as const]) {
      const result = await search(request(matchAll(), { aggs: sum, postFilter }));
      expect([found(result), result.aggs]).toEqual([[[], 0], { sum: { value: 6 } }]);
    }
  });
});

describe('min_score', () => {
  it('holds for hits, totals and aggregations, whatever they are sorted by', async () => {
    const query = bool({ should: [term('size', 1, 5), term('size', 2, 3), matchAll()] });
    for (const sort of [[], [{ field: 'size', order: 'asc', missing: '_last' } as const]]) {
      const result = await search(request(query, { minScore: 4, sort, aggs: sum }));
      expect([found(result), result.aggs]).toEqual([[['a', 'b'], 2], { sum: { value: 3 } }]);
    }
  });
});

describe('track_scores', () => {
  it('gives hits that are sorted by fields their scores', async () => {
    const sort = [{ field: 'size', order: 'desc', missing: '_last' } as const];
    const { hits } = await search(request(matchAll(2), { sort, trackScores: true }));
    expect(hits.map(({ _id, _score }) => [_id, _score])).toEqual([
      ['c', 2],
      ['b', 2],
      ['a', 2],
    ]);
  });
});

describe('named queries', () => {
  it('tell by hit which of them match', async () => {
    const asked = parseSearchRequest({
      query: {
        bool: {
          should: [
            { match: { body: { query: 'x', _name: 'x' } } },
            { bool: { must: [{ range: { size: { gte: 2, _name: 'large' } } }], _name: 'inner' } },
          ],
          filter: { terms: { tag: ['red', 'blue'], _name: 'tagged' } },
          must_not: { term: { _name: 'a field of that name' } },
        },
      },
      post_filter: { prefix: { tag: { value: 'r', _name: 'r' } } },
    });
    expect(
      Object.fromEntries((await search(asked)).hits.map(({ _id, matched_queries }) => [_id, matched_queries])),
    ).toEqual({
      a: ['x', 'tagged', 'r'],
      c: ['large', 'inner', 'tagged', 'r'],
    });
  });

  it('must be called something', () => {
    expect(() => parseSearchRequest({ query: { bool: { must: [], _name: 5 } } })).toThrow(
      'query.bool._name: expected a name',
    );
  });
});
