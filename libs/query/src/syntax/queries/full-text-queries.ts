import type { MinimumShouldMatch, MultiMatchNode, Operator, QueryNode } from '../../query-node.ts';
import { parseFieldBoosts, type FieldBoost } from '../field-boost.ts';
import { OptionReader } from '../option-reader.ts';
import type { QueryPlace } from '../parse-budget.ts';
import { requestError } from '../request-error.ts';
import { parseQueryStringAt } from '../query-string/parse-query-string.ts';
import { readBoost, readFieldOptions, readFieldQuery } from './field-query.ts';

const OPERATORS: readonly Operator[] = ['and', 'or'];
/** The slop at which any order and distance within a field of ordinary length matches; more is a typing error. */
const MAX_SLOP = 1_000_000;
const UNSUPPORTED_TEXT_OPTIONS = [
  'analyzer',
  'auto_generate_synonyms_phrase_query',
  'cutoff_frequency',
  'fuzziness',
  'fuzzy_max_expansions',
  'fuzzy_prefix_length',
  'fuzzy_rewrite',
  'fuzzy_transpositions',
  'lenient',
  'max_expansions',
  'prefix_length',
  'rewrite',
  'zero_terms_query',
  '_name',
];

export function parseMatch(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'match');
  const read = readFieldOptions(query, 'match', 'query', {
    allowed: ['operator', 'minimum_should_match'],
    unsupported: UNSUPPORTED_TEXT_OPTIONS,
  });
  return {
    type: 'match',
    path,
    field: query.field,
    query: read.value,
    operator: read.options.oneOf('operator', OPERATORS) ?? 'or',
    boost: read.boost,
    ...readMinimumShouldMatch(read.options),
  };
}

export function parseMatchPhrase(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'match_phrase');
  const read = readFieldOptions(query, 'match_phrase', 'query', {
    allowed: ['slop'],
    unsupported: UNSUPPORTED_TEXT_OPTIONS,
  });
  return {
    type: 'match_phrase',
    path,
    field: query.field,
    query: read.value,
    slop: readSlop(read.options) ?? 0,
    boost: read.boost,
  };
}

const readSlop = (options: OptionReader): number | undefined =>
  options.number('slop', { min: 0, max: MAX_SLOP, integer: true });

const MODES: readonly Exclude<MultiMatchNode['mode'], 'prefix'>[] = [
  'best_fields',
  'most_fields',
  'cross_fields',
  'phrase',
];

export function parseMultiMatch(value: unknown, { path, budget }: QueryPlace): QueryNode {
  const options = new OptionReader(value, path, {
    code: 'bad_query',
    what: 'multi_match',
    allowed: ['query', 'fields', 'type', 'operator', 'tie_breaker', 'minimum_should_match', 'slop', 'boost'],
    unsupported: UNSUPPORTED_TEXT_OPTIONS,
  });
  const query = options.scalar('query');
  const mode = options.oneOf('type', MODES) ?? 'best_fields';
  const slop = readSlop(options);
  if (slop !== undefined && mode !== 'phrase')
    throw requestError('bad_query', options.at('slop'), `slop means nothing with type ${mode}; use type phrase`);
  const fields = options.has('fields') ? parseFieldBoosts(options.raw('fields'), options.at('fields')) : [];
  // The node itself is counted by the caller.
  budget.spend(Math.max(0, fields.length - 1), path);
  return {
    type: 'multi_match',
    path,
    fields,
    query,
    mode,
    operator: options.oneOf('operator', OPERATORS) ?? 'or',
    tieBreaker: readTieBreaker(options),
    boost: readBoost(options),
    ...readMinimumShouldMatch(options),
    ...(slop !== undefined && { slop }),
  };
}

export const readTieBreaker = (options: OptionReader): number => options.number('tie_breaker', { min: 0, max: 1 }) ?? 0;

const COUNT = String.raw`-?\d{1,9}%?`;
const MINIMUM_SHOULD_MATCH = new RegExp(String.raw`^(${COUNT}|\d{1,9}<${COUNT}(\s+\d{1,9}<${COUNT})*)$`);

/** 2, "2", "-1", "75%", "-25%", "2<75%", "2<-25% 9<-3". */
export function readMinimumShouldMatch(options: OptionReader): { minimumShouldMatch?: MinimumShouldMatch } {
  const name = 'minimum_should_match';
  const value = options.raw(name);
  if (value === undefined) return {};
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { minimumShouldMatch: value };
  if (typeof value === 'string' && value.length <= 256 && MINIMUM_SHOULD_MATCH.test(value.trim()))
    return { minimumShouldMatch: value.trim() };
  throw options.fail(name, 'a count or percentage, as in 2, "-1", "75%" or "2<75%"');
}

export function parseQueryStringQuery(value: unknown, place: QueryPlace): QueryNode {
  const { path } = place;
  const options = new OptionReader(value, path, {
    code: 'bad_query',
    what: 'query_string',
    allowed: ['query', 'fields', 'default_field', 'default_operator', 'boost'],
    unsupported: [
      ...UNSUPPORTED_TEXT_OPTIONS,
      'allow_leading_wildcard',
      'analyze_wildcard',
      'auto_generate_phrase_queries',
      'enable_position_increments',
      'escape',
      'max_determinized_states',
      'minimum_should_match',
      'phrase_slop',
      'quote_analyzer',
      'quote_field_suffix',
      'tie_breaker',
      'time_zone',
      'type',
    ],
  });
  options.required('query');
  const text = options.string('query')!;
  const node = parseQueryStringAt(
    text,
    { fields: readDefaultFields(options), defaultOperator: options.oneOf('default_operator', OPERATORS) ?? 'or' },
    place,
  );
  return { ...node, boost: node.boost * readBoost(options) };
}

/** `*` as the default field is Elasticsearch's word for all fields. */
function readDefaultFields(options: OptionReader): FieldBoost[] {
  if (options.has('fields') && options.has('default_field'))
    throw requestError('bad_query', options.path, 'fields and default_field together; give one of them');
  const name = options.has('default_field') ? 'default_field' : 'fields';
  if (!options.has(name)) return [];
  const fields = parseFieldBoosts(options.raw(name), options.at(name));
  return fields.length === 1 && fields[0]!.field === '*' && fields[0]!.boost === 1 ? [] : fields;
}
