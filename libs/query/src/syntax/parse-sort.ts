import type { SortKey } from '../search-request.ts';
import { MAX_SORT_KEYS } from './limits.ts';
import { isObject, listOf, OptionReader } from './option-reader.ts';
import { pathOf, requestError, unexpected } from './request-error.ts';

const ORDERS = ['asc', 'desc'] as const;
const PLACES = ['_first', '_last'] as const;

/**
 * "field", "-field" (descending), {field: "desc"}, {field: {order, missing}}, or an array of these. The order is
 * ascending, of `_score` descending; documents without a value go last. Throws `invalid`, `bad_sort`.
 */
export function parseSort(value: unknown, path: string): SortKey[] {
  if (value === undefined) return [];
  const keys: SortKey[] = [];
  for (const [i, item] of listOf(value).entries()) {
    keys.push(...parseSortItem(item, Array.isArray(value) ? `${path}[${i}]` : path));
    if (keys.length > MAX_SORT_KEYS) throw requestError('bad_sort', path, `more than ${MAX_SORT_KEYS} sort keys`);
  }
  return keys;
}

function parseSortItem(item: unknown, path: string): SortKey[] {
  if (typeof item === 'string') return [parseSortWord(item, path)];
  if (!isObject(item) || Object.keys(item).length === 0)
    throw unexpected('bad_sort', path, '"field", "-field", {field: "desc"} or {field: {order, missing}}', item);
  // More keys than allowed in all need not be read to be refused.
  return Object.keys(item)
    .slice(0, MAX_SORT_KEYS + 1)
    .map((field) => parseSortField(field, item[field], pathOf(path, field)));
}

function parseSortWord(word: string, path: string): SortKey {
  const descending = word.startsWith('-');
  const field = checkField(descending ? word.slice(1) : word, path, word);
  return { field, order: descending ? 'desc' : defaultOrder(field), missing: '_last' };
}

function parseSortField(name: string, body: unknown, path: string): SortKey {
  const field = checkField(name, path, name);
  const options = new OptionReader(typeof body === 'string' ? { order: body } : body, path, {
    code: 'bad_sort',
    what: 'a sort key',
    allowed: field === '_score' || field === '_id' ? ['order'] : ['order', 'missing'],
    unsupported: ['mode', 'nested', 'unmapped_type', 'numeric_type', 'format', 'missing'],
  });
  return {
    field,
    order: options.oneOf('order', ORDERS) ?? defaultOrder(field),
    missing: options.oneOf('missing', PLACES) ?? '_last',
  };
}

const defaultOrder = (field: string): 'asc' | 'desc' => (field === '_score' ? 'desc' : 'asc');

function checkField(field: string, path: string, value: unknown): string {
  if (field === '_doc') throw requestError('bad_sort', path, 'sorting by _doc is not supported; _id is as cheap');
  if (field === '_script' || field === '_geo_distance')
    throw requestError('bad_sort', path, `sorting by ${field} is not supported; sort by a field, _score or _id`);
  if (field === '') throw unexpected('bad_sort', path, 'a field to sort by', value);
  return field;
}
