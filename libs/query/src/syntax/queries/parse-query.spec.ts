import { isQuarryError, type QuarryError } from '#libs/kernel';
import type { QueryNode } from '../../query-node.ts';
import { MAX_CLAUSES, MAX_QUERY_DEPTH, MAX_TERMS_VALUES } from '../limits.ts';
import { parseQuery, SUPPORTED_QUERIES } from './parse-query.ts';
import { UNSUPPORTED_QUERIES } from './query-names.ts';

function failure(query: unknown): QuarryError {
  try {
    parseQuery(query, 'query');
  } catch (error) {
    if (isQuarryError(error)) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(query)} was accepted`);
}

type WithoutPath<T> = T extends unknown ? Omit<T, 'path' | 'boost'> & { boost?: number } : never;
const term = (field: string, path: string): QueryNode => ({ type: 'term', boost: 1, path, field, value: 1 });
const matchAll = { match_all: {} };

const nested = (levels: number): object => {
  let query: object = matchAll;
  for (let i = 1; i < levels; i++) query = { bool: { must: [query] } };
  return query;
};

const should = (count: number): object => ({ bool: { should: Array.from({ length: count }, () => matchAll) } });

describe('parseQuery', () => {
  it.each<[object, string, WithoutPath<QueryNode>]>([
    [{ match: { t: 'a b' } }, 'query.match', { type: 'match', field: 't', query: 'a b', operator: 'or' }],
    [
      { match: { t: { query: 5, operator: 'AND', minimumShouldMatch: '2<75%', boost: 2 } } },
      'query.match',
      { type: 'match', field: 't', query: 5, operator: 'and', minimumShouldMatch: '2<75%', boost: 2 },
    ],
    [{ match_phrase: { t: 'a b' } }, 'query.match_phrase', { type: 'match_phrase', field: 't', query: 'a b', slop: 0 }],
    [
      { matchPhrase: { t: { query: 'a b', slop: 2 } } },
      'query.matchPhrase',
      { type: 'match_phrase', field: 't', query: 'a b', slop: 2 },
    ],
    [
      { multi_match: { query: 'a', fields: ['t^3', 'b*', 'x^.5'], type: 'cross_fields', tie_breaker: 0.3 } },
      'query.multi_match',
      {
        type: 'multi_match',
        fields: [
          { field: 't', boost: 3 },
          { field: 'b*', boost: 1 },
          { field: 'x', boost: 0.5 },
        ],
        query: 'a',
        mode: 'cross_fields',
        operator: 'or',
        tieBreaker: 0.3,
      },
    ],
    [
      { multi_match: { query: 'a', type: 'phrase', slop: 1, minimum_should_match: -1 } },
      'query.multi_match',
      {
        type: 'multi_match',
        fields: [],
        query: 'a',
        mode: 'phrase',
        operator: 'or',
        tieBreaker: 0,
        slop: 1,
        minimumShouldMatch: -1,
      },
    ],
    [{ term: { t: true } }, 'query.term', { type: 'term', field: 't', value: true }],
    [{ term: { t: { value: 'x', boost: 0 } } }, 'query.term', { type: 'term', field: 't', value: 'x', boost: 0 }],
    [{ terms: { t: ['x', 1], boost: 3 } }, 'query.terms', { type: 'terms', field: 't', values: ['x', 1], boost: 3 }],
    [{ terms: { t: [] } }, 'query.terms', { type: 'terms', field: 't', values: [] }],
    [{ terms: { boost: [1] } }, 'query.terms', { type: 'terms', field: 'boost', values: [1] }],
    [{ range: { n: { gte: 1, lt: '5' } } }, 'query.range', { type: 'range', field: 'n', gte: 1, lt: '5' }],
    [{ range: { n: { from: 1, to: 5 } } }, 'query.range', { type: 'range', field: 'n', gte: 1, lte: 5 }],
    [
      { range: { n: { from: 1, includeLower: false, to: 5, include_upper: false, boost: 2 } } },
      'query.range',
      { type: 'range', field: 'n', gt: 1, lt: 5, boost: 2 },
    ],
    [{ range: { n: { gt: 1, lt: null } } }, 'query.range', { type: 'range', field: 'n', gt: 1 }],
    [
      { range: { d: { gte: '1700000000000', lt: '2024-01-01', format: 'epoch_millis||strict_date_optional_time' } } },
      'query.range',
      { type: 'range', field: 'd', gte: 1_700_000_000_000, lt: '2024-01-01' },
    ],
    [
      { range: { d: { gte: '2024', format: 'yyyy||epoch_millis', time_zone: '+02:00' } } },
      'query.range',
      { type: 'range', field: 'd', gte: '2024', format: 'yyyy||epoch_millis', timeZone: '+02:00' },
    ],
    [{ exists: { field: 't' } }, 'query.exists', { type: 'exists', field: 't' }],
    [{ prefix: { t: 'pre' } }, 'query.prefix', { type: 'prefix', field: 't', value: 'pre' }],
    [
      { prefix: { t: { value: 'pre', boost: 2 } } },
      'query.prefix',
      { type: 'prefix', field: 't', value: 'pre', boost: 2 },
    ],
    [{ ids: { values: ['a', 7] } }, 'query.ids', { type: 'ids', values: ['a', '7'] }],
    [{ ids: { values: 'a' } }, 'query.ids', { type: 'ids', values: ['a'] }],
    [{ match_all: { boost: 1.5 } }, 'query.match_all', { type: 'match_all', boost: 1.5 }],
    [{ match_none: {} }, 'query.match_none', { type: 'match_none' }],
    [{ bool: {} }, 'query.bool', { type: 'match_all' }],
    [
      {
        bool: {
          must: { term: { a: 1 } },
          should: [{ term: { b: 1 } }, { term: { c: 1 } }],
          mustNot: [],
          filter: [{ term: { d: 1 } }],
          minimum_should_match: 1,
          adjust_pure_negative: true,
        },
      },
      'query.bool',
      {
        type: 'bool',
        must: [term('a', 'query.bool.must.term')],
        should: [term('b', 'query.bool.should[0].term'), term('c', 'query.bool.should[1].term')],
        mustNot: [],
        filter: [term('d', 'query.bool.filter[0].term')],
        minimumShouldMatch: 1,
      },
    ],
    [
      { dis_max: { queries: [{ term: { a: 1 } }], tie_breaker: 0.5 } },
      'query.dis_max',
      { type: 'dis_max', queries: [term('a', 'query.dis_max.queries[0].term')], tieBreaker: 0.5 },
    ],
    [
      { constant_score: { filter: { term: { a: 1 } }, boost: 2 } },
      'query.constant_score',
      {
        type: 'bool',
        must: [{ type: 'match_all', boost: 2, path: 'query.constant_score' }],
        should: [],
        mustNot: [],
        filter: [term('a', 'query.constant_score.filter.term')],
      },
    ],
    [
      { query_string: { query: 'a', default_field: 't', boost: 3 } },
      'query.query_string:1',
      { type: 'match', field: 't', query: 'a', operator: 'or', boost: 3 },
    ],
    [
      { query_string: { query: 'a', fields: ['t^2', 'u'], default_operator: 'and' } },
      'query.query_string:1',
      {
        type: 'multi_match',
        fields: [
          { field: 't', boost: 2 },
          { field: 'u', boost: 1 },
        ],
        query: 'a',
        mode: 'best_fields',
        operator: 'and',
        tieBreaker: 0,
      },
    ],
  ])('%j', (query, path, expected) => {
    expect(parseQuery(query, 'query')).toEqual({ boost: 1, path, ...expected });
  });

  it('reads a string as a query string over all fields', () => {
    const expected = { type: 'multi_match', fields: [], query: 'word' };
    expect(parseQuery('word', 'query')).toMatchObject({ ...expected, path: 'query:1' });
    expect(parseQuery({ query_string: { query: 'word', default_field: '*' } }, 'query')).toMatchObject(expected);
  });

  it.each<[unknown, string, string]>([
    [{ mtach: { t: 'a' } }, 'unknown_query', 'query: unknown query "mtach"; did you mean match?; supported: match, '],
    [
      { bool: { must: [matchAll, { trem: { t: 1 } }] } },
      'unknown_query',
      'query.bool.must[1]: unknown query "trem"; did you mean term?',
    ],
    [{ span_or: { t: 'a' } }, 'unknown_query', 'the span_or query of Elasticsearch is not supported; supported: match'],
    [{ scriptScore: {} }, 'unknown_query', 'the script_score query of Elasticsearch is not supported'],
    [{ must: [] }, 'unknown_query', 'did you mean bool, with "must" inside?'],
    [{ qwertyuiop: {} }, 'unknown_query', 'unknown query "qwertyuiop"; supported'],
    [{ constructor: {} }, 'unknown_query', 'unknown query "constructor"; supported'],
    [
      { match: { t: 'a' }, term: { t: 'a' } },
      'bad_query',
      'exactly one key, got match, term; combine queries in a bool',
    ],
    [{}, 'bad_query', 'an empty query object'],
    [[], 'bad_query', 'expected a query object'],
    [null, 'bad_query', 'got null'],
    [{ bool: { must: ['a'] } }, 'bad_query', 'query.bool.must[0]: expected a query object'],
    [{ match: { t: 'a', u: 'b' } }, 'bad_query', 'match takes exactly one field, got t, u'],
    [{ match: {} }, 'bad_query', 'match takes exactly one field, got none'],
    [{ match: 'a' }, 'bad_query', 'query.match: expected {field: …} in match, got "a"'],
    [{ match: { t: null } }, 'bad_query', 'query.match.t: expected a string, a finite number or a boolean, got null'],
    [{ match: { t: ['a'] } }, 'bad_query', 'got ["a"]'],
    [{ match: { t: {} } }, 'bad_query', 'query.match.t: match needs "query"'],
    [
      { match: { t: { query: 'a', fuzzy_rewrite: 'x' } } },
      'unsupported_option',
      'query.match.t.fuzzy_rewrite: not supported',
    ],
    [
      { match: { t: { query: 'a', oprator: 'and' } } },
      'unknown_key',
      'unknown key "oprator" in match; did you mean operator?',
    ],
    [{ match: { t: { query: 'a', operator: 'xor' } } }, 'bad_query', 'operator: expected one of and, or, got "xor"'],
    [{ match: { t: { query: 'a', boost: -1 } } }, 'bad_query', 'boost: expected a number from 0 to 1000000, got -1'],
    [{ match: { t: { query: 'a', minimum_should_match: 'most' } } }, 'bad_query', 'a count or percentage'],
    [{ match: { t: { query: 'a', minimum_should_match: 1.5 } } }, 'bad_query', 'got 1.5'],
    [{ match_phrase: { t: { query: 'a', slop: -1 } } }, 'bad_query', 'query.match_phrase.t.slop: expected an integer'],
    [{ multi_match: { fields: ['t'] } }, 'bad_query', 'multi_match needs "query"'],
    [
      { multi_match: { query: 'a', fields: ['t^x'] } },
      'bad_query',
      'query.multi_match.fields[0]: expected a field with a boost',
    ],
    [{ multi_match: { query: 'a', fields: [1] } }, 'bad_query', 'fields[0]: expected a field name, got 1'],
    [
      { multi_match: { query: 'a', type: 'phrases' } },
      'bad_query',
      'one of best_fields, most_fields, cross_fields, phrase, phrase_prefix, bool_prefix, got',
    ],
    [{ multi_match: { query: 'a', slop: 1 } }, 'bad_query', 'slop means nothing with type best_fields'],
    [{ term: { t: null } }, 'bad_query', 'query.term.t: expected a string'],
    [{ term: { t: { value: 1, boosts: 1 } } }, 'unknown_key', 'did you mean boost?'],
    [{ terms: { t: 'x' } }, 'bad_query', 'query.terms.t: expected an array of values'],
    [{ terms: { t: { index: 'i', id: 1 } } }, 'unsupported_option', 'terms look-up'],
    [{ terms: { t: ['x', null] } }, 'bad_query', 'query.terms.t[1]: expected a string'],
    [{ terms: { t: Array.from({ length: MAX_TERMS_VALUES + 1 }, () => 1) } }, 'too_many_terms', 'at most 65536'],
    [{ ids: { values: Array.from({ length: MAX_TERMS_VALUES + 1 }, () => 'a') } }, 'too_many_terms', 'at most 65536'],
    [{ ids: { values: [{}] } }, 'bad_query', 'query.ids.values[0]: expected an id'],
    [{ range: { n: {} } }, 'bad_query', 'range needs at least one of gt, gte, lt, lte'],
    [{ range: { n: { gt: 1, gte: 1 } } }, 'bad_query', 'gt and gte together'],
    [{ range: { n: { from: 1, gt: 1 } } }, 'bad_query', 'from together with gt or gte'],
    [{ range: { n: { include_lower: true, lt: 5 } } }, 'bad_query', 'means nothing without from'],
    [{ range: { n: { gt: [1] } } }, 'bad_query', 'query.range.n.gt: expected a string'],
    [{ range: { n: { gt: 1, format: 'yyyy QQ' } } }, 'unsupported_format', '"QQ" in the date format'],
    [{ query_string: { query: 'x', fields: 'title' } }, 'bad_query', 'fields: expected a list of names'],
    [{ range: { d: { gt: 1, time_zone: 'Mars/Olympus' } } }, 'bad_time_zone', '"Mars/Olympus" is no time zone'],
    [{ range: { d: { gt: 1, format: 'y'.repeat(300) } } }, 'bad_query', 'at most 256 characters'],
    [{ exists: {} }, 'bad_query', 'exists needs "field"'],
    [{ exists: { field: '' } }, 'bad_query', 'expected a field name, got ""'],
    [{ prefix: { t: 5 } }, 'bad_query', 'a string that values start with'],
    [{ bool: { must: 5 } }, 'bad_query', 'query.bool.must: expected a query object'],
    [{ bool: { musst: [] } }, 'unknown_key', 'did you mean must?'],
    [{ bool: { must_not: [], mustNot: [] } }, 'bad_query', 'must_not and mustNot are the same'],
    [{ dis_max: { queries: [] } }, 'bad_query', 'at least one query'],
    [{ dis_max: { queries: [matchAll], tie_breaker: 2 } }, 'bad_query', 'a number from 0 to 1, got 2'],
    [{ constant_score: { filter: [] } }, 'bad_query', 'query.constant_score.filter: expected a query object'],
    [{ query_string: { query: 5 } }, 'bad_query', 'query.query_string.query: expected a string, got 5'],
    [{ query_string: { query: 'a AND' } }, 'bad_query_string', 'query.query_string: column 6: expected a clause'],
    [{ query_string: { query: 'a', fields: ['t'], default_field: 't' } }, 'bad_query', 'give one of them'],
    [{ query_string: { query: 'a', rewrite: 'x' } }, 'unsupported_option', 'rewrite: not supported'],
    [{ match: { t: { query: 'a', fuzziness: 3 } } }, 'bad_query', 'fuzziness: expected 0, 1, 2, "AUTO"'],
    [{ match: { t: { query: 'a', fuzziness: 'AUTO:6,3' } } }, 'bad_query', 'low up to high'],
    [{ match: { t: { query: 'a', prefix_length: 1 } } }, 'bad_query', 'means nothing without fuzziness'],
    [{ match: { t: { query: 'a', zero_terms_query: 'some' } } }, 'bad_query', 'one of none, all'],
    [{ fuzzy: { t: { value: 'a', max_expansions: 0 } } }, 'bad_query', 'an integer from 1 to 1024'],
    [{ wildcard: { t: 5 } }, 'bad_query', 'a string with * and ?'],
    [{ wildcard: { t: '*'.repeat(1025) } }, 'bad_query', 'at most 1024 are allowed'],
    [{ regexp: { t: 'a(b' } }, 'bad_regexp', 'query.regexp.t: column 2: a ( without its )'],
    [{ regexp: { t: { value: 'a', flags: 'ALL|SOME' } } }, 'bad_query', 'COMPLEMENT'],
    [{ regexp: { t: { value: 'a', flags: 'SOME' } } }, 'bad_query', 'COMPLEMENT'],
    [
      { multi_match: { query: 'a', type: 'cross_fields', fuzziness: 1 } },
      'bad_query',
      'fuzziness means nothing with type cross_fields',
    ],
  ])('%j is %s', (query, code, message) => {
    const error = failure(query);
    expect(error).toMatchObject({ kind: 'invalid', code });
    expect(error.message).toContain(message);
  });

  it('cuts an offending value and an offending key short', () => {
    expect(failure({ match: { t: ['x'.repeat(100_000)] } }).message.length).toBeLessThan(400);
    expect(failure({ ['y'.repeat(100_000)]: 1 }).message.length).toBeLessThan(500);
  });

  it('takes queries as deep as the limit and refuses the next level before it goes there', () => {
    expect(parseQuery(nested(MAX_QUERY_DEPTH), 'query').type).toBe('bool');
    expect(failure(nested(MAX_QUERY_DEPTH + 1)).code).toBe('query_too_deep');
    const megabyte = JSON.parse('{"bool":{"must":['.repeat(50_000) + ']}}'.repeat(50_000)) as unknown;
    expect(failure(megabyte).code).toBe('query_too_deep');
    const arrays = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)) as unknown;
    expect(failure({ match: { t: arrays } }).code).toBe('bad_query');
  });

  it('counts the levels and clauses of query strings with those around them', () => {
    let query: object = { query_string: { query: '((((a))))', default_field: 't' } };
    for (let i = 0; i < MAX_QUERY_DEPTH - 4; i++) query = { bool: { must: query } };
    expect(failure(query).code).toBe('query_too_deep');
    const words = { query_string: { query: 'a '.repeat(MAX_CLAUSES / 2), default_field: 't' } };
    expect(failure({ bool: { should: [words, words] } }).code).toBe('too_many_clauses');
  });

  it('counts clauses over the whole query', () => {
    expect(parseQuery(should(MAX_CLAUSES - 1), 'query').type).toBe('bool');
    expect(failure(should(MAX_CLAUSES)).code).toBe('too_many_clauses');
    const fields = Array.from({ length: 1000 }, (_, i) => `f${i}`);
    const wide = Array.from({ length: 5 }, () => ({ multi_match: { query: 'a', fields } }));
    expect(failure({ bool: { should: wide } }).code).toBe('too_many_clauses');
  });

  it('has no query both supported and unsupported', () => {
    expect(SUPPORTED_QUERIES.filter((name) => UNSUPPORTED_QUERIES.includes(name))).toEqual([]);
  });
});
