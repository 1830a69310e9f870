import type { Analyzer } from '#libs/analysis';
import { isQuarryError, type QuarryError } from '#libs/kernel';
import {
  bool,
  disMax,
  exists,
  fuzziness,
  fuzzy,
  match,
  matchAll,
  phrase,
  prefix,
  range,
  regexp,
  term,
  terms,
  wildcard,
} from '#libs/testing';
import type { MultiMatchNode, QueryNode } from '../query-node.ts';
import type { QuerySchema } from '../search.ts';
import { testSchema, wordAnalyzer } from '../testing/build-segments.ts';
import { compileQuery } from './compile-query.ts';
import type { Clause } from './compiled-query.ts';

const fields = testSchema({
  title: { type: 'text' },
  body: { type: 'text' },
  other: { type: 'text', analyzer: 'other' },
  tag: { type: 'keyword' },
  n: { type: 'long' },
  open: { type: 'boolean' },
  when: { type: 'date' },
  'payload.size': { type: 'long' },
  'payload.user.age': { type: 'long' },
  'payload.user.age.years': { type: 'double', source: 'payload.user.age' },
  'payload.user.hidden': { type: 'long', index: false },
});
/** All fields but `other` fold case, as the standard analyzer does. */
const folding: Analyzer = {
  ...wordAnalyzer,
  analyze: (text, out) => wordAnalyzer.analyze(text.toLowerCase(), out),
};
const schema: QuerySchema = { ...fields, analyzer: (name) => (name === 'other' ? wordAnalyzer : folding) };
const now = Date.UTC(2024, 4, 15, 12, 30);
const compile = (node: QueryNode): Clause => compileQuery(node, schema, { now }).root;
const failure = (node: QueryNode): QuarryError => {
  try {
    compile(node);
  } catch (error) {
    if (isQuarryError(error)) return error;
  }
  throw new Error('it compiled');
};
const multi = (options: Partial<MultiMatchNode>): QueryNode => ({
  type: 'multi_match',
  fields: [],
  query: 'x y',
  mode: 'best_fields',
  operator: 'or',
  tieBreaker: 0,
  boost: 1,
  path: 'query',
  ...options,
});
const word = (field: string, value: string, boost = 1): object => ({ kind: 'term', field, term: value, boost });
const NONE = { kind: 'none' };

describe('compileQuery', () => {
  it.each<[string, QueryNode, object]>([
    [
      'multiplies boosts down',
      bool({ boost: 2, must: [bool({ boost: 3, must: [term('tag', 'a', 4)] })] }),
      word('tag', 'a', 24),
    ],
    ['takes match on a keyword for the term', match('tag', 'x y'), word('tag', 'x y')],
    ['makes one word a term', match('body', 'x'), word('body', 'x')],
    ['knows nothing of unknown fields', term('nowhere', 1), NONE],
    ['finds nothing by no words', match('body', '  '), NONE],
    ['finds nothing by an impossible must', bool({ must: [term('tag', 'a'), term('nowhere', 1)] }), NONE],
    ['finds nothing where all is excluded', bool({ mustNot: [matchAll()] }), NONE],
    [
      'finds nothing when more is asked than there is',
      bool({ should: [term('tag', 'a')], minimumShouldMatch: 2 }),
      NONE,
    ],
    [
      'counts unknown fields as clauses',
      bool({ should: [term('tag', 'a'), term('nowhere', 1)], minimumShouldMatch: '100%' }),
      NONE,
    ],
    ['takes an empty bool for everything', bool({ boost: 3 }), { kind: 'all', boost: 3 }],
    [
      'dissolves a disjunction in a disjunction',
      bool({ should: [match('body', 'x y'), term('tag', 'a')] }),
      { kind: 'bool', should: [word('body', 'x'), word('body', 'y'), word('tag', 'a')] },
    ],
    [
      'dissolves a conjunction in a conjunction',
      bool({ must: [match('body', 'x y', { operator: 'and' }), term('tag', 'a')] }),
      { kind: 'bool', must: [word('body', 'x'), word('body', 'y'), word('tag', 'a')] },
    ],
    [
      'requires all of n when n must match',
      match('body', 'x y', { minimumShouldMatch: '100%' }),
      { kind: 'bool', must: [word('body', 'x'), word('body', 'y')], should: [] },
    ],
    ['keeps gaps out of phrases of one word', phrase('body', 'x'), word('body', 'x')],
    [
      'places the words of a phrase',
      phrase('body', 'x y z', 2),
      { kind: 'phrase', terms: ['x', 'y', 'z'], offsets: [0, 1, 2], slop: 2 },
    ],
    ['makes numbers ranges', term('n', '12'), { kind: 'numbers', ranges: [{ min: 12, max: 12 }] }],
    [
      'merges the values of terms',
      terms('n', [3, 1, 1, 2.5]),
      {
        ranges: [
          { min: 1, max: 1 },
          { min: 2.5, max: 2.5 },
          { min: 3, max: 3 },
        ],
      },
    ],
    ['reads booleans', term('open', 'true'), { ranges: [{ min: 1, max: 1 }] }],
    [
      'takes a day for all of it',
      term('when', '2024-02-29'),
      { ranges: [{ min: Date.UTC(2024, 1, 29), max: Date.UTC(2024, 2, 1) - 1 }] },
    ],
    [
      'rounds dates as Elasticsearch does',
      range('when', { gt: '2024-01-01', lte: 'now-1M/M' }),
      { ranges: [{ max: Date.UTC(2024, 4, 1) - 1 }] },
    ],
    [
      'reads dates as the range says',
      range('when', { gte: '06|01|2024', lte: '06|01|2024', format: 'dd|MM|yyyy', timeZone: '+01:00' }),
      { ranges: [{ min: Date.UTC(2024, 0, 5, 23), max: Date.UTC(2024, 0, 6, 23) - 1 }] },
    ],
    ['finds nothing within empty bounds', range('n', { gt: 3, lt: 3 }), NONE],
    [
      'makes bounds of terms of a keyword range',
      range('tag', { gt: 'a', lte: 'b' }),
      { kind: 'term_range', bounds: { from: 'a', fromExclusive: true, to: 'b', toInclusive: true } },
    ],
    ['asks for existence', exists('when', 2), { kind: 'exists', field: 'when', boost: 2 }],
    ['finds nothing where there is no field', exists('payloa'), NONE],
    [
      'asks for the only field of an object',
      exists('payload.user'),
      { kind: 'exists', field: 'payload.user.age', boost: 1 },
    ],
    [
      'asks for any field of an object',
      exists('payload', 3),
      {
        kind: 'dis_max',
        clauses: ['payload.size', 'payload.user.age'].map((field) => ({ kind: 'exists', field, boost: 3 })),
        tieBreaker: 0,
      },
    ],
    ['leaves out what cannot match of a dis_max', disMax([term('tag', 'a'), term('nowhere', 1)]), word('tag', 'a')],
    [
      'best_fields',
      multi({
        fields: [
          { field: 'title', boost: 2 },
          { field: 'body', boost: 1 },
        ],
        query: 'x',
        tieBreaker: 0.3,
      }),
      { kind: 'dis_max', tieBreaker: 0.3, clauses: [word('title', 'x', 2), word('body', 'x')] },
    ],
    [
      'most_fields',
      multi({ fields: [{ field: 't*', boost: 2 }], query: 'x', mode: 'most_fields' }),
      { kind: 'bool', should: [word('title', 'x', 2), word('tag', 'x', 2)] },
    ],
    [
      'all fields that hold words',
      multi({ query: 'x' }),
      { kind: 'dis_max', clauses: [word('title', 'x'), word('body', 'x'), word('other', 'x'), word('tag', 'x')] },
    ],
    [
      'phrase over fields',
      multi({ fields: [{ field: 'body', boost: 1 }], mode: 'phrase', slop: 1 }),
      { kind: 'phrase', terms: ['x', 'y'], slop: 1 },
    ],
    [
      'prefix over fields',
      multi({
        fields: [
          { field: 'body', boost: 1 },
          { field: 'other', boost: 1 },
          { field: 'tag', boost: 1 },
        ],
        mode: 'prefix',
        query: 'Qu',
      }),
      {
        kind: 'dis_max',
        clauses: [{ bounds: { prefix: 'qu' } }, { bounds: { prefix: 'Qu' } }, { bounds: { prefix: 'Qu' } }],
      },
    ],
    ['patterns are lenient', multi({ fields: [{ field: '*', boost: 1 }], query: 'x' }), { kind: 'dis_max' }],
    [
      'cross_fields wants every word in some field, fields of one analyzer as one',
      multi({
        fields: [
          { field: 'title', boost: 1 },
          { field: 'body', boost: 1 },
        ],
        mode: 'cross_fields',
        operator: 'and',
      }),
      {
        kind: 'bool',
        must: [
          {
            kind: 'dis_max',
            clauses: [
              { field: 'title', term: 'x', blend: ['title', 'body'] },
              { field: 'body', term: 'x' },
            ],
          },
          {
            kind: 'dis_max',
            clauses: [
              { field: 'title', term: 'y' },
              { field: 'body', term: 'y' },
            ],
          },
        ],
      },
    ],
  ])('%s', (_name, node, expected) => {
    expect(compile(node)).toMatchObject(expected);
  });

  it('lets a normalizer speak of parts of values', () => {
    const normalized: QuerySchema = {
      ...testSchema({ code: { type: 'keyword', normalizer: 'lowercase' } }),
      normalizer: () => (text) => text.toLowerCase(),
    };
    const by = (node: QueryNode): Clause => compileQuery(node, normalized, { now }).root;
    expect(by(prefix('code', 'AB'))).toMatchObject({ bounds: { prefix: 'ab' } });
    expect(by(wildcard('code', 'AB*'))).toMatchObject({ bounds: { prefix: 'ab' } });
    expect(by(fuzzy('code', 'ABCD'))).toMatchObject({ kind: 'fuzzy', word: 'abcd' });
  });

  it('needs no automaton for what is a term, a prefix, everything or nothing', () => {
    expect(compile(wildcard('tag', 'a\\*b'))).toMatchObject({ kind: 'term_set', terms: ['a*b'] });
    expect(compile(wildcard('tag', '**'))).toMatchObject({ kind: 'exists' });
    expect(compile(regexp('tag', '#'))).toEqual(NONE);
    expect(compile(fuzzy('tag', 'ab'))).toMatchObject(word('tag', 'ab'));
  });

  it('spends no more on patterns than a query may', () => {
    expect(failure(regexp('tag', '.*a.{30}')).code).toBe('too_complex_pattern');
    expect(failure(fuzzy('tag', 'x'.repeat(300))).message).toContain('at most 256');
    const many = Array.from({ length: 400 }, (_, i) => `internationalization${i}`).join(' ');
    expect(failure(match('body', many, { fuzzy: fuzziness() })).code).toBe('too_complex_pattern');
    expect(failure(fuzzy('n', 'ab')).code).toBe('field_type_mismatch');
    expect(compile({ ...match('n', 'ab', { lenient: true }) })).toEqual(NONE);
    expect(compile(match('body', ' ', { zeroTerms: 'all' }))).toMatchObject({ kind: 'all' });
  });

  it.each<[QueryNode, string, string]>([
    [term('n', 'twelve'), 'bad_value', 'query: "twelve" is no value for the long field "n"; give a number'],
    [match('n', 'x'), 'bad_value', 'long field'],
    [range('when', { gte: '2024-02-30' }), 'bad_value', 'ISO 8601'],
    [terms('open', [true, 7]), 'bad_value', '7 is no value for the boolean field'],
    [prefix('n', '1'), 'field_type_mismatch', 'query: a prefix needs a text or keyword field'],
    [phrase('tag', 'x y', 1), 'phrase_needs_text', '"tag" is a keyword field'],
    [bool({ should: [term('tag', 'a')], minimumShouldMatch: 'most' }), 'bad_minimum_should_match', '"most"'],
    [matchAll(-1), 'bad_boost', '-1'],
    [match('body', 'x '.repeat(5000)), 'too_many_clauses', '4096 words'],
    [multi({ query: 'x '.repeat(2000), mode: 'cross_fields' }), 'too_many_clauses', 'query: '],
    [multi({ fields: [{ field: 'n', boost: 1 }] }), 'bad_value', 'long field "n"'],
  ])('refuses what cannot be (%#)', (node, code, message) => {
    const error = failure(node);
    expect(error).toMatchObject({ kind: 'invalid', code });
    expect(error.message).toContain(message);
  });
});
