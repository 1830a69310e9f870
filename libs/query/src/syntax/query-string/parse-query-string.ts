import type { Operator, QueryNode } from '../../query-node.ts';
import { parseFieldBoosts } from '../field-boost.ts';
import { MAX_QUERY_STRING_BYTES } from '../limits.ts';
import { ParseBudget, type QueryPlace } from '../parse-budget.ts';
import { requestError } from '../request-error.ts';
import { lowerExpression } from './lower-expression.ts';
import { parseExpression } from './parse-expression.ts';
import type { QueryStringSettings } from './query-string-settings.ts';
import { tokenize } from './tokenize.ts';

export interface QueryStringOptions {
  /** Names, patterns with `*`, each with an optional boost (`title^3`); empty: all text and keyword fields. */
  readonly fields: readonly string[];
  readonly defaultOperator: Operator;
  /** Where the text stands in the request, for messages: `q`. */
  readonly path: string;
}

/**
 * Lucene's query-string syntax, the subset of docs/QUERY.md, as query nodes. A blank text matches nothing, as in
 * Elasticsearch. Throws `invalid`: `bad_query_string` with the column, `query_string_too_long`, `query_too_deep`,
 * `too_many_clauses`, `bad_regexp`.
 */
export function parseQueryString(text: string, options: QueryStringOptions): QueryNode {
  const { path, defaultOperator } = options;
  const fields = parseFieldBoosts(options.fields, path);
  return parseQueryStringAt(text, { fields, defaultOperator }, { path, depth: 1, budget: new ParseBudget() });
}

/** The same as a part of a request, on its budget. */
export function parseQueryStringAt(
  text: string,
  settings: QueryStringSettings,
  { path, depth, budget }: QueryPlace,
): QueryNode {
  checkQueryString(text, path);
  const source = { text, path };
  const tokens = tokenize(source, settings.phraseSlop);
  if (tokens.length === 1) return { type: 'match_none', boost: 1, path };
  const { defaultOperator } = settings;
  const expression = parseExpression(source, tokens, { defaultOperator, depth, budget });
  return lowerExpression(source, expression, { ...settings, budget });
}

/** Throws `invalid` (`query_string_too_long`). */
export function checkQueryString(text: string, path: string): void {
  // UTF-8 has at least one byte a UTF-16 unit: a long text is refused without encoding it.
  if (text.length <= MAX_QUERY_STRING_BYTES && Buffer.byteLength(text) <= MAX_QUERY_STRING_BYTES) return;
  throw requestError(
    'query_string_too_long',
    path,
    `a query string of ${text.length} characters; at most ${MAX_QUERY_STRING_BYTES} bytes are allowed`,
  );
}
