import { FIELD_TYPES, type FieldType } from '#libs/segment';
import { readDateFormat } from './read-date-format.ts';
import type { SortKey, SortMode } from '../search-request.ts';
import { MAX_SORT_KEYS } from './limits.ts';
import { isObject, listOf, OptionReader } from './option-reader.ts';
import { pathOf, requestError, unexpected } from './request-error.ts';

const ORDERS = ['asc', 'desc'] as const;
const MODES: readonly SortMode[] = ['min', 'max', 'sum', 'avg', 'median'];
const SORTABLE_TYPES = FIELD_TYPES.filter((type) => type !== 'text');
/** Types of Elasticsearch that are sorted as wider ones are. */
const WIDER_TYPES: Readonly<Record<string, FieldType>> = {
  byte: 'long',
  short: 'long',
  integer: 'long',
  half_float: 'double',
  float: 'double',
};
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
    allowed:
      field === '_score' || field === '_id' ? ['order'] : ['order', 'missing', 'mode', 'unmapped_type', 'format'],
    unsupported: ['nested', 'numeric_type', 'missing', 'mode', 'unmapped_type', 'format'],
  });
  const mode = options.oneOf('mode', MODES);
  const unmappedType = readUnmappedType(options);
  const format = readDateFormat(options);
  return {
    field,
    order: options.oneOf('order', ORDERS) ?? defaultOrder(field),
    ...readMissing(options),
    ...(mode && { mode }),
    ...(unmappedType && { unmappedType }),
    ...(format !== undefined && { format }),
  };
}

function readMissing(options: OptionReader): Pick<SortKey, 'missing' | 'missingValue'> {
  const value = options.raw('missing');
  const place = PLACES.find((one) => one === value);
  if (value === undefined || place) return { missing: place ?? '_last' };
  return { missing: '_last', missingValue: options.scalar('missing') };
}

function readUnmappedType(options: OptionReader): FieldType | undefined {
  const name = options.string('unmapped_type');
  if (name === undefined) return undefined;
  const type = Object.hasOwn(WIDER_TYPES, name) ? WIDER_TYPES[name]! : name;
  const found = SORTABLE_TYPES.find((one) => one === type);
  if (!found) throw options.fail('unmapped_type', `one of ${SORTABLE_TYPES.join(', ')}`);
  return found;
}

const defaultOrder = (field: string): 'asc' | 'desc' => (field === '_score' ? 'desc' : 'asc');

function checkField(field: string, path: string, value: unknown): string {
  if (field === '_doc') throw requestError('bad_sort', path, 'sorting by _doc is not supported; _id is as cheap');
  if (field === '_script' || field === '_geo_distance')
    throw requestError('bad_sort', path, `sorting by ${field} is not supported; sort by a field, _score or _id`);
  if (field === '') throw unexpected('bad_sort', path, 'a field to sort by', value);
  return field;
}
