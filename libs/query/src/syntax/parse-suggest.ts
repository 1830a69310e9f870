import type { Suggester } from '../suggest/suggest-request.ts';
import { MAX_SUGGESTERS, MAX_SUGGESTIONS } from './limits.ts';
import { isObject, OptionReader, type OptionShape } from './option-reader.ts';
import { pathOf, requestError, showKey, unexpected } from './request-error.ts';

const CODE = 'bad_suggest';
const OUTER: Omit<OptionShape, 'what'> = {
  code: CODE,
  allowed: ['text', 'prefix', 'term', 'completion'],
  unsupported: ['phrase', 'regex'],
};
const TERM: OptionShape = {
  code: CODE,
  what: 'term',
  allowed: [
    'field',
    'text',
    'size',
    'sort',
    'suggest_mode',
    'max_edits',
    'prefix_length',
    'min_word_length',
    'min_doc_freq',
  ],
  unsupported: [
    'accuracy',
    'analyzer',
    'lowercase_terms',
    'max_inspections',
    'max_term_freq',
    'shard_size',
    'string_distance',
  ],
};
const COMPLETION: OptionShape = {
  code: CODE,
  what: 'completion',
  allowed: ['field', 'size'],
  unsupported: ['analyzer', 'contexts', 'fuzzy', 'regex', 'skip_duplicates'],
};

/** `{text, name: {text, term: {field, …}}, name: {prefix, completion: {field, size}}}`. Throws `invalid`, `bad_suggest`. */
export function parseSuggest(value: unknown, path: string): Record<string, Suggester> | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw unexpected(CODE, path, 'an object of suggesters by name', value);
  const { text, ...named } = value;
  if (text !== undefined && typeof text !== 'string') throw unexpected(CODE, pathOf(path, 'text'), 'a string', text);
  const names = Object.keys(named);
  if (names.length > MAX_SUGGESTERS)
    throw requestError(CODE, path, `${names.length} suggesters; at most ${MAX_SUGGESTERS} are allowed`);
  return Object.fromEntries(names.map((name) => [name, parseSuggester(name, named[name], text, pathOf(path, name))]));
}

function parseSuggester(name: string, value: unknown, text: string | undefined, path: string): Suggester {
  const options = new OptionReader(value, path, { ...OUTER, what: `the suggester "${showKey(name)}"` });
  if (options.has('term') === options.has('completion'))
    throw requestError(CODE, path, 'a suggester is either term or completion');
  return options.has('term') ? parseTerm(options, text) : parseCompletion(options);
}

function parseTerm(outer: OptionReader, text: string | undefined): Suggester {
  if (outer.has('prefix')) throw requestError(CODE, outer.at('prefix'), 'a prefix is for completion; give a text');
  const options = new OptionReader(outer.raw('term'), outer.at('term'), TERM);
  const given = options.string('text') ?? outer.string('text') ?? text;
  if (given === undefined) throw requestError(CODE, outer.path, 'term needs a "text" to find words like');
  return {
    type: 'term',
    path: options.path,
    field: options.fieldName(),
    text: given,
    size: readSize(options),
    sort: options.oneOf('sort', ['score', 'frequency']) ?? 'score',
    mode: options.oneOf('suggest_mode', ['missing', 'popular', 'always']) ?? 'missing',
    maxEdits: options.number('max_edits', { min: 1, max: 2, integer: true }) ?? 2,
    prefixLength: options.number('prefix_length', { min: 0, integer: true }) ?? 1,
    minWordLength: options.number('min_word_length', { min: 1, integer: true }) ?? 4,
    minDocFreq: options.number('min_doc_freq', { min: 0, integer: true }) ?? 0,
  };
}

function parseCompletion(outer: OptionReader): Suggester {
  const options = new OptionReader(outer.raw('completion'), outer.at('completion'), COMPLETION);
  const prefix = outer.string('prefix') ?? outer.string('text');
  if (prefix === undefined || prefix === '')
    throw requestError(CODE, outer.path, 'completion needs a "prefix" of at least one character');
  return { type: 'completion', path: options.path, field: options.fieldName(), prefix, size: readSize(options) };
}

const readSize = (options: OptionReader): number =>
  options.number('size', { min: 1, max: MAX_SUGGESTIONS, integer: true }) ?? 5;
