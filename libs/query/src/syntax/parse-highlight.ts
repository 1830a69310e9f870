import type { HighlightField, HighlightRequest } from '../search-request.ts';
import { MAX_FIELD_PATTERNS } from './limits.ts';
import { isObject, OptionReader, type OptionShape } from './option-reader.ts';
import { pathOf, requestError, unexpected } from './request-error.ts';

/** Elasticsearch's defaults. */
const DEFAULTS: HighlightField = { preTag: '<em>', postTag: '</em>', fragmentSize: 100, numberOfFragments: 5 };
/** Past these a fragment is the whole value anyway; `number_of_fragments: 0` asks for that. */
const MAX_FRAGMENT_SIZE = 100_000;
const MAX_FRAGMENTS = 1000;

const FIELD_OPTIONS: OptionShape = {
  code: 'bad_highlight',
  what: 'highlight',
  allowed: ['pre_tags', 'post_tags', 'fragment_size', 'number_of_fragments'],
  unsupported: [
    'boundary_chars',
    'boundary_max_scan',
    'boundary_scanner',
    'boundary_scanner_locale',
    'encoder',
    'force_source',
    'fragmenter',
    'fragment_offset',
    'highlight_query',
    'matched_fields',
    'max_analyzed_offset',
    'no_match_size',
    'order',
    'phrase_limit',
    'require_field_match',
    'tags_schema',
    'type',
  ],
};
const REQUEST_OPTIONS: OptionShape = { ...FIELD_OPTIONS, allowed: ['fields', ...FIELD_OPTIONS.allowed] };

/**
 * {fields: {title: {}} or [{title: {}}] or ["title"], pre_tags, post_tags, fragment_size, number_of_fragments}, the last
 * four for each field again where it differs. Throws `invalid`, `bad_highlight`.
 */
export function parseHighlight(value: unknown, path: string): HighlightRequest | undefined {
  if (value === undefined) return undefined;
  const options = new OptionReader(value, path, REQUEST_OPTIONS);
  const defaults = readField(options, DEFAULTS);
  options.required('fields');
  const fields = new Map<string, HighlightField>();
  for (const { field, body, at } of listFields(options)) {
    if (fields.has(field)) throw requestError('bad_highlight', at, 'the field is listed twice');
    if (fields.size === MAX_FIELD_PATTERNS)
      throw requestError('bad_highlight', path, `more than ${MAX_FIELD_PATTERNS} fields; use a pattern`);
    fields.set(field, readField(new OptionReader(body, at, FIELD_OPTIONS), defaults));
  }
  if (fields.size === 0) throw options.fail('fields', 'at least one field');
  return { fields: Object.fromEntries(fields) };
}

function* listFields(options: OptionReader): Generator<{ field: string; body: unknown; at: string }> {
  const raw = options.raw('fields');
  const path = options.at('fields');
  const items: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  for (const [i, item] of items.entries()) {
    const at = Array.isArray(raw) ? `${path}[${i}]` : path;
    if (typeof item === 'string' && item !== '') yield { field: item, body: {}, at };
    else if (isObject(item)) {
      for (const field of Object.keys(item)) yield { field, body: item[field], at: pathOf(at, field) };
    } else throw unexpected('bad_highlight', at, '{field: {}} or an array of these', item);
  }
}

function readField(options: OptionReader, defaults: HighlightField): HighlightField {
  return {
    preTag: readTag(options, 'pre_tags') ?? defaults.preTag,
    postTag: readTag(options, 'post_tags') ?? defaults.postTag,
    fragmentSize:
      options.number('fragment_size', { min: 1, max: MAX_FRAGMENT_SIZE, integer: true }) ?? defaults.fragmentSize,
    numberOfFragments:
      options.number('number_of_fragments', { min: 0, max: MAX_FRAGMENTS, integer: true }) ??
      defaults.numberOfFragments,
  };
}

/** One tag, alone or in an array. Elasticsearch takes several, and uses the others with one highlighter only. */
function readTag(options: OptionReader, name: string): string | undefined {
  const value = options.raw(name);
  if (value === undefined) return undefined;
  const tag: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof tag === 'string') return tag;
  throw options.fail(name, 'one tag, as in "<mark>" or ["<mark>"]');
}
