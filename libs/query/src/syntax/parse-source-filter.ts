import type { RequestedField, SearchRequest } from '../search-request.ts';
import { MAX_FIELD_PATTERNS } from './limits.ts';
import { isObject, listOf, OptionReader } from './option-reader.ts';
import { readDateFormat } from './read-date-format.ts';
import { requestError, unexpected } from './request-error.ts';

/** `_source`: true, false, "a", ["a", "b.*"] or {includes, excludes}. Throws `invalid`, `bad_source_filter`. */
export function parseSourceFilter(value: unknown, path: string): SearchRequest['source'] {
  if (value === undefined || value === true) return undefined;
  if (value === false) return false;
  if (!isObject(value)) return { includes: parsePatterns(value, path, 'bad_source_filter'), excludes: [] };
  const options = new OptionReader(value, path, {
    code: 'bad_source_filter',
    what: '_source',
    allowed: ['includes', 'excludes', 'include', 'exclude'],
  });
  const read = (name: string): string[] => {
    const [one, other] = [`${name}s`, name];
    if (options.has(one) && options.has(other))
      throw requestError('bad_source_filter', path, `${one} and ${other}; give one`);
    const given = options.has(one) ? one : other;
    return options.has(given) ? parsePatterns(options.raw(given), options.at(given), 'bad_source_filter') : [];
  };
  return { includes: read('include'), excludes: read('exclude') };
}

/** `fields` and `docvalue_fields`: names or patterns, as they are or as {field, format}. Throws `invalid`, `bad_fields`. */
export function parseFields(value: unknown, path: string): RequestedField[] | undefined {
  if (value === undefined) return undefined;
  const shape = {
    code: 'bad_fields',
    what: 'fields',
    allowed: ['field', 'format'],
    unsupported: ['include_unmapped'],
  };
  const given = listOf(value).map((item, i) => {
    if (!isObject(item)) return { name: item, format: undefined };
    const options = new OptionReader(item, Array.isArray(value) ? `${path}[${i}]` : path, shape);
    return { name: options.fieldName(), format: readDateFormat(options) };
  });
  const names = given.map(({ name }) => name);
  return parsePatterns(Array.isArray(value) ? names : names[0], path, 'bad_fields').map((field, at) => {
    const { format } = given[at]!;
    return format === undefined ? field : { field, format };
  });
}

/** `stored_fields: "_none_"`: nothing of the document is shown. Answers whether it was said. */
export function parseStoredFields(value: unknown, path: string): boolean {
  const names = listOf(value);
  if (value === undefined || names.length === 0) return false;
  if (names.length === 1 && names[0] === '_none_') return true;
  throw requestError(
    'unsupported_option',
    path,
    'fields are not stored one by one; only "_none_" is supported, use fields',
  );
}

function parsePatterns(value: unknown, path: string, code: string): string[] {
  const listed = listOf(value);
  if (listed.length > MAX_FIELD_PATTERNS)
    throw requestError(code, path, `${listed.length} names; at most ${MAX_FIELD_PATTERNS} are allowed, use a pattern`);
  return listed.map((item, i) => {
    if (typeof item === 'string' && item !== '') return item;
    throw unexpected(code, Array.isArray(value) ? `${path}[${i}]` : path, 'a field name or pattern', item);
  });
}
