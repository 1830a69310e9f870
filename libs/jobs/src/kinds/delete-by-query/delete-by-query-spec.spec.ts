import { parseDeleteByQuery } from './delete-by-query-spec.ts';

describe('parseDeleteByQuery', () => {
  it('reads both spellings', () => {
    const query = { type: 'match_all', boost: 1, path: 'query.match_all' };
    expect(parseDeleteByQuery({ query: { match_all: {} } })).toEqual({ query, conflicts: 'abort', dryRun: false });
    const rest = { conflicts: 'proceed', dryRun: true, maxDocs: 5, minVersion: 7 };
    expect(parseDeleteByQuery({ query: { match_all: {} }, ...rest })).toEqual({ query, ...rest });
    expect(
      parseDeleteByQuery({
        query: { match_all: {} },
        conflicts: 'PROCEED',
        dry_run: true,
        max_docs: 5,
        min_version: 7,
      }),
    ).toEqual({ query, ...rest });
    expect(parseDeleteByQuery({ q: 'a:b' })).toMatchObject({ query: { field: 'a' } });
  });

  it.each<[unknown, string, string]>([
    [undefined, 'bad_delete_request', 'a deletion needs a "query"'],
    [{}, 'bad_delete_request', 'every document is {"query": {"match_all": {}}}'],
    [{ max_docs: 1 }, 'bad_delete_request', 'needs a "query"'],
    [[], 'bad_delete_request', 'got []'],
    [{ qurey: {} }, 'unknown_key', 'did you mean query?'],
    [{ query: {} }, 'bad_query', 'an empty query object'],
    [{ query: null }, 'bad_query', 'query: expected a query object'],
    [{ q: 5 }, 'bad_delete_request', 'q: expected a query string, got 5'],
    [{ q: 'a', query: { match_all: {} } }, 'bad_delete_request', 'q and query together'],
    [{ q: 'a', maxDocs: 0 }, 'bad_delete_request', 'maxDocs: expected an integer of at least 1, got 0'],
    [{ q: 'a', max_docs: '5' }, 'bad_delete_request', 'max_docs: expected'],
    [{ q: 'a', maxDocs: 1, max_docs: 1 }, 'bad_delete_request', 'are the same'],
    [{ q: 'a', conflicts: 'ignore' }, 'bad_delete_request', 'conflicts: expected one of abort, proceed, got "ignore"'],
    [{ q: 'a', dryRun: 'yes' }, 'bad_delete_request', 'dryRun: expected true or false'],
    [{ q: 'a', slice: {} }, 'unsupported_option', 'slice: not supported in a deletion by query'],
    [{ q: 'a', scrollSize: 5 }, 'unsupported_option', 'scrollSize'],
  ])('%j is %s', (body, code, message) => {
    expect(() => parseDeleteByQuery(body)).toThrow(
      expect.objectContaining({ kind: 'invalid', code, message: expect.stringContaining(message) }) as Error,
    );
  });
});
