import { isQuarryError, type QuarryError } from '#libs/kernel';
import { parseSearchRequest } from './parse-search-request.ts';

function failure(body: unknown): QuarryError {
  try {
    parseSearchRequest(body);
  } catch (error) {
    if (isQuarryError(error)) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(body)} was accepted`);
}

const asc = (field: string): object => ({ field, order: 'asc', missing: '_last' });
const desc = (field: string): object => ({ field, order: 'desc', missing: '_last' });
const em = { preTag: '<em>', postTag: '</em>', fragmentSize: 100, numberOfFragments: 5 };

describe('parseSearchRequest', () => {
  it('completes an empty body with the defaults', () => {
    const defaults = {
      query: { type: 'match_all', boost: 1, path: 'query' },
      size: 10,
      from: 0,
      sort: [],
      aggs: {},
      trackTotalHits: false,
      consistency: 'strong',
      searchType: 'default',
    };
    expect(parseSearchRequest({})).toStrictEqual(defaults);
    expect(parseSearchRequest(undefined)).toStrictEqual(defaults);
  });

  it.each<[object, object]>([
    [{ q: 'word' }, { query: { type: 'multi_match', query: 'word', fields: [], path: 'q:1' } }],
    [{ query: 'word' }, { query: { type: 'multi_match', query: 'word', fields: [], path: 'query:1' } }],
    [{ query: { term: { a: 1 } } }, { query: { type: 'term', path: 'query.term' } }],
    [
      { size: 0, from: 20 },
      { size: 0, from: 20 },
    ],
    [
      { size: 9000, from: 1000 },
      { size: 9000, from: 1000 },
    ],
    [{ trackTotalHits: true }, { trackTotalHits: true }],
    [{ track_total_hits: 1000 }, { trackTotalHits: 1000 }],
    [{ timeout: '1.5s' }, { timeoutMs: 1500 }],
    [{ timeout: 0.5 }, { timeoutMs: 1 }],
    [
      { consistency: 'eventual', minVersion: 7 },
      { consistency: 'eventual', minVersion: 7 },
    ],
    [{ min_version: 0 }, { minVersion: 0 }],
    [{ searchType: 'dfs' }, { searchType: 'dfs' }],
    [{ search_type: 'dfs_query_then_fetch' }, { searchType: 'dfs' }],
    [{ searchType: 'query_then_fetch' }, { searchType: 'default' }],
    [{ sort: 'a' }, { sort: [asc('a')] }],
    [{ sort: ['-a', '_score', '_id'] }, { sort: [desc('a'), desc('_score'), asc('_id')] }],
    [{ sort: [{ a: 'desc', b: 'ASC' }] }, { sort: [desc('a'), asc('b')] }],
    [
      { sort: { a: { order: 'desc', missing: '_first' } } },
      { sort: [{ field: 'a', order: 'desc', missing: '_first' }] },
    ],
    [{ sort: { _score: {} } }, { sort: [desc('_score')] }],
    [{ sort: ['a', '_id'], searchAfter: [null, 'x'] }, { searchAfter: [null, 'x'] }],
    [{ sort: ['a'], search_after: [5], from: 0 }, { searchAfter: [5] }],
    [{ sort: ['a'], search_after: [5, 'id'] }, { searchAfter: [5, 'id'] }],
    [{ searchAfter: [1.5, 'id'] }, { searchAfter: [1.5, 'id'] }],
    [{ fields: ['a', 'b.*', { field: 'c' }] }, { fields: ['a', 'b.*', 'c'] }],
    [{ _source: false }, { source: false }],
    [{ _source: 'a' }, { source: { includes: ['a'], excludes: [] } }],
    [{ _source: ['a', 'b.*'] }, { source: { includes: ['a', 'b.*'], excludes: [] } }],
    [{ _source: { include: 'a', excludes: ['b'] } }, { source: { includes: ['a'], excludes: ['b'] } }],
    [{ aggregations: { m: { max: { field: 'f' } } } }, { aggs: { m: { type: 'max', field: 'f', aggs: {} } } }],
    [{ highlight: { fields: { a: {} } } }, { highlight: { fields: { a: em } } }],
    [
      {
        highlight: {
          fields: [{ a: { fragmentSize: 20, post_tags: '</b>' } }, 'b'],
          preTags: ['<b>'],
          number_of_fragments: 0,
        },
      },
      {
        highlight: {
          fields: {
            a: { preTag: '<b>', postTag: '</b>', fragmentSize: 20, numberOfFragments: 0 },
            b: { ...em, preTag: '<b>', numberOfFragments: 0 },
          },
        },
      },
    ],
  ])('%j', (body, expected) => {
    expect(parseSearchRequest(body)).toMatchObject(expected);
  });

  it('leaves the whole source as no filter', () => {
    expect(parseSearchRequest({ _source: true })).not.toHaveProperty('source');
  });

  it('gives what survives a trip through JSON', () => {
    const request = parseSearchRequest({ q: 'a "b c"~2 n:>5', sort: 'x', aggs: { t: { terms: { field: 'f' } } } });
    expect(JSON.parse(JSON.stringify(request))).toStrictEqual(request);
  });

  it.each<[unknown, string, string]>([
    ['word', 'bad_search_request', 'body: expected an object (a search), got "word"'],
    [[], 'bad_search_request', 'got []'],
    [{ qurey: {} }, 'unknown_key', 'qurey: unknown key "qurey" in a search; did you mean query?; supported: query, q,'],
    [{ seach_after: [] }, 'unknown_key', 'did you mean search_after?'],
    [{ explain: 1 }, 'bad_search_request', 'explain: expected true or false, got 1'],
    [{ postFilter: {} }, 'bad_query', 'postFilter: an empty query object'],
    [{ q: 'a', query: { match_all: {} } }, 'bad_search_request', 'q and query together'],
    [{ q: 5 }, 'bad_search_request', 'q: expected a query string, got 5'],
    [{ q: '(a' }, 'bad_query_string', 'q: column 3'],
    [{ query: null }, 'bad_query', 'query: expected a query object'],
    [{ size: -1 }, 'bad_search_request', 'size: expected an integer from 0, got -1'],
    [{ size: '10' }, 'bad_search_request', 'size: expected an integer from 0, got "10"'],
    [{ size: 1.5 }, 'bad_search_request', 'got 1.5'],
    [{ size: 1e300 }, 'bad_search_request', 'size: expected'],
    [
      { size: 10_001 },
      'result_window_too_large',
      'size: from + size is 10001, more than 10000; page on with searchAfter',
    ],
    [{ from: 9991 }, 'result_window_too_large', 'from: from + size is 10001'],
    [{ searchAfter: [] }, 'bad_search_after', 'the sort of the last hit: 1 value, then its _id'],
    [{ sort: 'a', searchAfter: [1, 2, 3] }, 'bad_search_after', '1 value, then its _id, got [1,2,3]'],
    [{ sort: 'a', search_after: 1 }, 'bad_search_after', 'search_after: expected an array'],
    [{ sort: 'a', search_after: [{}] }, 'bad_search_after', 'search_after[0]: expected a string'],
    [{ sort: 'a', searchAfter: [1], from: 5 }, 'bad_search_after', 'from is 5'],
    [{ searchAfter: [1], search_after: [1] }, 'bad_search_request', 'are the same; give one'],
    [{ trackTotalHits: -1 }, 'bad_search_request', 'trackTotalHits: expected true, false or how many'],
    [{ track_total_hits: 'yes' }, 'bad_search_request', 'got "yes"'],
    [{ timeout: 'soon' }, 'bad_search_request', 'timeout: expected a duration above 0 and up to a day'],
    [{ timeout: 0 }, 'bad_search_request', 'got 0'],
    [{ timeout: '25h' }, 'bad_search_request', 'got "25h"'],
    [{ timeout: true }, 'bad_search_request', 'timeout: expected a duration'],
    [{ timeout: '9'.repeat(500) }, 'bad_search_request', 'timeout: expected a duration'],
    [{ consistency: 'weak' }, 'bad_search_request', 'consistency: expected "strong" or "eventual", got "weak"'],
    [{ minVersion: 1.5 }, 'bad_search_request', 'minVersion: expected a version'],
    [{ search_type: 'scan' }, 'bad_search_request', 'search_type: expected "default" or "dfs"'],
    [{ sort: [1] }, 'bad_sort', 'sort[0]: expected "field"'],
    [{ sort: [{}] }, 'bad_sort', 'got {}'],
    [{ sort: '' }, 'bad_sort', 'expected a field to sort by'],
    [{ sort: '-' }, 'bad_sort', 'got "-"'],
    [{ sort: { a: 'up' } }, 'bad_sort', 'sort.a.order: expected one of asc, desc, got "up"'],
    [{ sort: { a: { missing: [5] } } }, 'bad_sort', 'missing: expected a string, a finite number or a boolean'],
    [{ sort: { a: { nested: {} } } }, 'unsupported_option', 'sort.a.nested: not supported'],
    [{ sort: { _score: { missing: '_first' } } }, 'unsupported_option', 'sort._score.missing'],
    [{ sort: '_doc' }, 'bad_sort', 'by _doc is not supported'],
    [{ sort: Array.from({ length: 17 }, (_, i) => `f${i}`) }, 'bad_sort', 'more than 16'],
    [{ fields: [1] }, 'bad_fields', 'fields[0]: expected a field name or pattern'],
    [{ fields: [{ field: 'a', include_unmapped: true }] }, 'unsupported_option', 'fields[0].include_unmapped'],
    [{ _source: 5 }, 'bad_source_filter', '_source: expected a field name or pattern, got 5'],
    [{ _source: { includes: [''] } }, 'bad_source_filter', '_source.includes[0]'],
    [{ _source: { include: 'a', includes: 'a' } }, 'bad_source_filter', 'give one'],
    [{ _source: { inlcudes: 'a' } }, 'unknown_key', 'did you mean includes?'],
    [{ highlight: {} }, 'bad_highlight', 'highlight: highlight needs "fields"'],
    [{ highlight: { fields: {} } }, 'bad_highlight', 'at least one field'],
    [{ highlight: { fields: 5 } }, 'bad_highlight', 'highlight.fields: expected {field: {}}'],
    [{ highlight: { fields: ['a', { a: {} }] } }, 'bad_highlight', 'listed twice'],
    [
      { highlight: { fields: { a: { fragment_size: 0 } } } },
      'bad_highlight',
      'highlight.fields.a.fragment_size: expected',
    ],
    [{ highlight: { fields: { a: {} }, pre_tags: ['<a>', '<b>'] } }, 'bad_highlight', 'one tag'],
    [{ highlight: { fields: { a: {} }, type: 'plain' } }, 'unsupported_option', 'highlight.type'],
    [{ aggs: {}, aggregations: {} }, 'bad_search_request', 'give one'],
    [{ aggs: [] }, 'bad_aggregation', 'aggs: expected'],
  ])('%j is %s', (body, code, message) => {
    const error = failure(body);
    expect(error).toMatchObject({ kind: 'invalid', code });
    expect(error.message).toContain(message);
  });
});
