import type { SearchRequest } from '../search-request.ts';
import { MAX_FIELD_PATTERNS } from './limits.ts';
import { isObject, listOf, OptionReader } from './option-reader.ts';
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

/** `fields`: names or patterns, as they are or as {field}. Throws `invalid`, `bad_fields`. */
export function parseFields(value: unknown, path: string): string[] | undefined {
  if (value === undefined) return undefined;
  const shape = { code: 'bad_fields', what: 'fields', allowed: ['field'], unsupported: ['format', 'include_unmapped'] };
  const names = listOf(value).map((item, i) =>
    isObject(item) ? new OptionReader(item, `${path}[${i}]`, shape).fieldName() : item,
  );
  return parsePatterns(names, path, 'bad_fields');
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
