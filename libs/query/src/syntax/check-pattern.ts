import { parseRegexp, RegexpSyntaxError } from '../automaton/parse-regexp.ts';
import type { RegexpOperator } from '../query-node.ts';
import { regexpOperators } from './regexp-flags.ts';
import { requestError } from './request-error.ts';
import { showValue } from './show-value.ts';

/** Elasticsearch's `index.max_regex_length`. */
const MAX_REGEXP_LENGTH = 1000;
/** Terms are no longer. */
const MAX_WILDCARD_LENGTH = 1024;

/** Throws `invalid`: `bad_regexp` with the column of what is wrong, `bad_query` for one that is too long. */
export function checkRegexp(text: string, path: string, operators?: readonly RegexpOperator[]): void {
  checkLength(text, MAX_REGEXP_LENGTH, 'a regexp', path);
  try {
    parseRegexp(text, regexpOperators(operators));
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    throw requestError('bad_regexp', path, `${error.message}; in the regexp ${showValue(text)}`);
  }
}

/** Throws `invalid` (`bad_query`). */
export const checkWildcard = (text: string, path: string): void =>
  checkLength(text, MAX_WILDCARD_LENGTH, 'a wildcard', path);

function checkLength(text: string, limit: number, what: string, path: string): void {
  if (text.length <= limit) return;
  throw requestError('bad_query', path, `${what} of ${text.length} characters; at most ${limit} are allowed`);
}
