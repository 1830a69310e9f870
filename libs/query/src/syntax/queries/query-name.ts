import { isObject } from '../option-reader.ts';
import { pathOf, unexpected } from '../request-error.ts';

const NAME = '_name';
/** Queries of the shape `{field: options}`. */
const FIELD_QUERIES: ReadonlySet<string> = new Set([
  'match',
  'match_phrase',
  'match_phrase_prefix',
  'match_bool_prefix',
  'term',
  'range',
  'prefix',
  'wildcard',
  'regexp',
  'fuzzy',
]);

/**
 * Takes the `_name` out of a query's body: it stands among the options, or, where a query has one field, among that field's
 * options. A body of nothing but `_name` is a query of a field of that name. Throws `invalid`, `bad_query`.
 */
export function takeQueryName(
  query: string,
  body: unknown,
  path: string,
): { body: unknown; queryName: string | undefined } {
  if (!isObject(body)) return { body, queryName: undefined };
  const keys = Object.keys(body);
  if (keys.length > 1) {
    if (keys.includes(NAME)) return without(body, path);
    return { body, queryName: undefined };
  }
  const key = keys[0]!;
  const inner = keys.length === 1 ? body[key] : undefined;
  if (!isObject(inner) || inner[NAME] === undefined || !FIELD_QUERIES.has(query) || Object.keys(inner).length === 1)
    return { body, queryName: undefined };
  const taken = without(inner, pathOf(path, key));
  return { body: Object.fromEntries([[key, taken.body]]), queryName: taken.queryName };
}

function without(options: Record<string, unknown>, path: string): { body: unknown; queryName: string } {
  const name = options[NAME];
  if (typeof name !== 'string') throw unexpected('bad_query', pathOf(path, NAME), 'a name (a string)', name);
  return { body: Object.fromEntries(Object.entries(options).filter(([key]) => key !== NAME)), queryName: name };
}
