import { match, matchAll, request } from '#libs/testing';
import type { PartialHit, SearchPartial } from '../search-partial.ts';
import { emptySearchPartial } from '../merge/search-partials.ts';
import { testSchema } from '../testing/build-segments.ts';
import { finishSearch } from './finish-search.ts';
import { filterSource } from './source-filter.ts';

const schema = testSchema({
  title: { type: 'text' },
  'title.keyword': { type: 'keyword', source: 'title' },
  'a.b': { type: 'long' },
});
const hit = (id: string, score: number, source: object = {}): PartialHit => ({
  id,
  score,
  segment: 's',
  source: JSON.stringify(source),
});
const partial = (parts: Partial<SearchPartial>): SearchPartial => ({
  ...emptySearchPartial(request(matchAll())),
  attempted: 2,
  succeeded: 2,
  total: { value: 3, relation: 'eq' },
  ...parts,
});
const facts = { version: 7, tookMs: 5 };

const total = (value: number, relation: 'eq' | 'gte'): unknown =>
  finishSearch(partial({ total: { value, relation } }), request(matchAll(), { trackTotalHits: 100 }), schema, facts)
    .total;

describe('finishSearch', () => {
  it('cuts the page and tells how to go on', () => {
    const hits = [hit('a', 3), hit('b', 2), hit('c', 1)];
    expect(finishSearch(partial({ hits }), request(matchAll(), { from: 1, size: 1 }), schema, facts)).toEqual({
      took: 5,
      version: 7,
      total: { value: 3, relation: 'eq' },
      maxScore: 3,
      hits: [{ _id: 'b', _score: 2, _source: {}, sort: [2, 'b'] }],
      shards: { total: 2, successful: 2, failed: 0, skipped: 0 },
      coverage: 1,
    });
  });

  it('calls a stored document that is no JSON corrupt', () => {
    const hits = [{ ...hit('a', 3), source: '{"a":' }];
    expect(() => finishSearch(partial({ hits }), request(matchAll()), schema, facts)).toThrow(
      expect.objectContaining({ kind: 'corrupt' }) as Error,
    );
  });

  it('shows sort values with the id behind them, unless it is among them', () => {
    const sorted = { ...hit('a', 0), score: null, sort: [5] };
    const by = (fields: string[]): unknown => {
      const sort = fields.map((field) => ({ field, order: 'asc', missing: '_last' }) as const);
      return finishSearch(
        partial({ hits: [{ ...sorted, sort: fields.map((field) => (field === '_id' ? 'a' : 5)) }] }),
        request(matchAll(), { sort }),
        schema,
        facts,
      ).hits[0]!.sort;
    };
    expect(by(['a.b'])).toEqual([5, 'a']);
    expect(by(['a.b', '_id'])).toEqual([5, 'a']);
  });

  it('shows fields of multi-fields and nested objects as lists, filtered sources, highlights', () => {
    const hits = [hit('a', 1, { title: 'red fox', a: { b: [1, 2], c: 3 } })];
    const asked = request(match('title', 'fox'), {
      fields: ['title.*', 'a.*'],
      source: { includes: ['a'], excludes: ['a.c'] },
      highlight: { fields: { title: { preTag: '<', postTag: '>', fragmentSize: 10, numberOfFragments: 1 } } },
    });
    expect(finishSearch(partial({ hits }), asked, schema, facts).hits[0]).toMatchObject({
      _source: { a: { b: [1, 2] } },
      fields: { 'title.keyword': ['red fox'], 'a.b': [1, 2] },
      highlight: { title: ['red <fox>'] },
    });
    expect(
      finishSearch(partial({ hits }), request(matchAll(), { source: false }), schema, facts).hits[0],
    ).not.toHaveProperty('_source');
  });

  it('covers what has answered of what there is', () => {
    const failed = [{ segment: 's', error: { kind: 'corrupt', code: 'corrupt', message: 'm' } as const }];
    const result = finishSearch(partial({ succeeded: 1, failed }), request(matchAll()), schema, {
      ...facts,
      segments: 4,
    });
    expect(result).toMatchObject({ coverage: 0.25, failures: failed, shards: { total: 4, successful: 1, failed: 1 } });
    expect(finishSearch(emptySearchPartial(request(matchAll())), request(matchAll()), schema, facts).coverage).toBe(1);
  });

  it('shows no more of an inexact total than was asked to be exact', () => {
    expect(total(140, 'gte')).toEqual({ value: 100, relation: 'gte' });
    expect(total(140, 'eq')).toEqual({ value: 140, relation: 'eq' });
    expect(total(90, 'gte')).toEqual({ value: 90, relation: 'gte' });
  });
});

describe('filterSource', () => {
  const source = {
    title: 't',
    user: { name: 'n', mail: 'm', tags: [{ k: 1, v: 2 }, { k: 3 }] },
    empty: {},
    none: null,
    list: [],
  };
  it.each<[string[], string[], unknown]>([
    [[], [], source],
    [['title'], [], { title: 't' }],
    [['user'], [], { user: source.user }],
    [['user.*'], ['*.mail'], { user: { name: 'n', tags: [{ k: 1, v: 2 }, { k: 3 }] } }],
    [['user.tags.v'], [], { user: { tags: [{ v: 2 }] } }],
    [['*.name', 'e*', 'none'], [], { user: { name: 'n' }, empty: {}, none: null }],
    [[], ['user', 'list'], { title: 't', empty: {}, none: null }],
    [['nothing'], [], {}],
  ])('includes %j, excludes %j', (includes, excludes, expected) => {
    expect(filterSource(source, { includes, excludes })).toEqual(expected);
  });
});
