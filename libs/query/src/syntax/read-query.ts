import type { QueryNode } from '../query-node.ts';
import type { OptionReader } from './option-reader.ts';
import { parseQuery } from './queries/parse-query.ts';
import { parseQueryString } from './query-string/parse-query-string.ts';
import { requestError } from './request-error.ts';

/**
 * The query of a body that says it as `query` (the DSL) or as `q` (a query string); undefined when it says neither.
 * @param code of the errors about what is no query at all
 */
export function readQuery(options: OptionReader, code: string): QueryNode | undefined {
  if (!options.has('q')) return options.has('query') ? parseQuery(options.raw('query'), 'query') : undefined;
  if (options.has('query'))
    throw requestError(code, 'q', 'q and query together; give one, or put a query_string into a bool');
  const q = options.raw('q');
  if (typeof q !== 'string') throw options.fail('q', 'a query string');
  return parseQueryString(q, { fields: [], defaultOperator: 'or', path: 'q' });
}
