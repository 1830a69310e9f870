import { MAX_DETERMINIZED_STATES } from '../../automaton/automaton-budget.ts';
import type { QueryNode } from '../../query-node.ts';
import { checkRegexp, checkWildcard } from '../check-pattern.ts';
import type { OptionReader } from '../option-reader.ts';
import type { QueryPlace } from '../parse-budget.ts';
import { parseRegexpFlags, REGEXP_FLAGS } from '../regexp-flags.ts';
import { unexpected } from '../request-error.ts';
import { readFieldOptions, readFieldQuery } from './field-query.ts';
import { readFuzzyOptions } from './text-options.ts';

const UNSUPPORTED = ['rewrite'];
/** Ten times Elasticsearch's default; the work of building is limited anyway. */
export const MAX_MAX_DETERMINIZED_STATES = 10 * MAX_DETERMINIZED_STATES;
const readCase = (options: OptionReader): { caseInsensitive?: true } =>
  options.boolean('case_insensitive') ? { caseInsensitive: true } : {};

export function parsePrefix(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'prefix');
  const read = readFieldOptions(query, 'prefix', 'value', { allowed: ['case_insensitive'], unsupported: UNSUPPORTED });
  if (typeof read.value !== 'string')
    throw unexpected('bad_query', query.path, 'a string that values start with', read.value);
  const { boost, options } = read;
  return { type: 'prefix', path, field: query.field, value: read.value, boost, ...readCase(options) };
}

/** The pattern stands under `value`, or under `wildcard` as in older requests. */
export function parseWildcard(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'wildcard');
  const key = typeof query.body === 'object' && query.body !== null && 'wildcard' in query.body ? 'wildcard' : 'value';
  const read = readFieldOptions(query, 'wildcard', key, { allowed: ['case_insensitive'], unsupported: UNSUPPORTED });
  if (typeof read.value !== 'string') throw unexpected('bad_query', query.path, 'a string with * and ?', read.value);
  checkWildcard(read.value, query.path);
  const { boost, options } = read;
  return { type: 'wildcard', path, field: query.field, value: read.value, boost, ...readCase(options) };
}

export function parseRegexp(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'regexp');
  const allowed = ['flags', 'case_insensitive', 'max_determinized_states'];
  const read = readFieldOptions(query, 'regexp', 'value', { allowed, unsupported: [...UNSUPPORTED, 'flags_value'] });
  if (typeof read.value !== 'string') throw unexpected('bad_query', query.path, 'a regexp as a string', read.value);
  const { boost, options } = read;
  const flags = options.string('flags');
  const operators = flags === undefined ? undefined : parseRegexpFlags(flags);
  if (flags !== undefined && !operators)
    throw options.fail('flags', `names joined by |, of ${REGEXP_FLAGS.join(', ')}`);
  const node: QueryNode = {
    type: 'regexp',
    path,
    field: query.field,
    value: read.value,
    boost,
    ...(operators && { operators }),
    ...readCase(options),
    ...readMaxStates(options),
  };
  checkRegexp(read.value, query.path, operators);
  return node;
}

export function readMaxStates(options: OptionReader): { maxDeterminizedStates?: number } {
  const bounds = { min: 1, max: MAX_MAX_DETERMINIZED_STATES, integer: true };
  const states = options.number('max_determinized_states', bounds);
  return states === undefined ? {} : { maxDeterminizedStates: states };
}

export function parseFuzzy(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'fuzzy');
  const allowed = ['fuzziness', 'prefix_length', 'max_expansions', 'transpositions'];
  const read = readFieldOptions(query, 'fuzzy', 'value', { allowed, unsupported: UNSUPPORTED });
  const fuzzy = readFuzzyOptions(read.options, 'transpositions');
  return { type: 'fuzzy', path, field: query.field, value: read.value, boost: read.boost, fuzzy };
}
