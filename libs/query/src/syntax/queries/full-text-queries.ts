import type { MinimumShouldMatch, Operator, QueryNode } from '../../query-node.ts';
import { DEFAULT_MAX_EXPANSIONS } from '../limits.ts';
import type { OptionReader } from '../option-reader.ts';
import type { QueryPlace } from '../parse-budget.ts';
import { requestError } from '../request-error.ts';
import { readFieldOptions, readFieldQuery } from './field-query.ts';
import {
  FUZZY_OPTIONS,
  readFuzziness,
  readMaxExpansions,
  readTextOptions,
  TEXT_OPTIONS,
  UNSUPPORTED_TEXT_OPTIONS,
} from './text-options.ts';

export const OPERATORS: readonly Operator[] = ['and', 'or'];
/** The slop at which any order and distance within a field of ordinary length matches; more is a typing error. */
export const MAX_SLOP = 1_000_000;
export const parseMatch = (value: unknown, { path }: QueryPlace): QueryNode => ({
  type: 'match',
  ...readMatch(value, path, 'match'),
});

export const parseMatchBoolPrefix = (value: unknown, { path }: QueryPlace): QueryNode => ({
  type: 'match_bool_prefix',
  ...readMatch(value, path, 'match_bool_prefix'),
});

function readMatch(value: unknown, path: string, what: string) {
  const query = readFieldQuery(value, path, what);
  const { boost, options, ...read } = readFieldOptions(query, what, 'query', {
    allowed: ['operator', 'minimum_should_match', ...FUZZY_OPTIONS, ...TEXT_OPTIONS],
    unsupported: UNSUPPORTED_TEXT_OPTIONS,
  });
  if (options.has('max_expansions') && !options.has('fuzziness'))
    throw requestError('bad_query', options.at('max_expansions'), 'max_expansions means nothing without fuzziness');
  return {
    path,
    field: query.field,
    query: read.value,
    operator: options.oneOf('operator', OPERATORS) ?? ('or' as const),
    boost,
    ...readMinimumShouldMatch(options),
    ...readFuzziness(options),
    ...readTextOptions(options),
  };
}

export function parseMatchPhrase(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'match_phrase');
  const read = readFieldOptions(query, 'match_phrase', 'query', {
    allowed: ['slop', ...TEXT_OPTIONS],
    unsupported: UNSUPPORTED_TEXT_OPTIONS,
  });
  return {
    type: 'match_phrase',
    path,
    field: query.field,
    query: read.value,
    slop: readSlop(read.options) ?? 0,
    boost: read.boost,
    ...readTextOptions(read.options),
  };
}

export function parseMatchPhrasePrefix(value: unknown, { path }: QueryPlace): QueryNode {
  const query = readFieldQuery(value, path, 'match_phrase_prefix');
  const read = readFieldOptions(query, 'match_phrase_prefix', 'query', {
    allowed: ['slop', 'max_expansions', ...TEXT_OPTIONS],
    unsupported: UNSUPPORTED_TEXT_OPTIONS,
  });
  return {
    type: 'match_phrase_prefix',
    path,
    field: query.field,
    query: read.value,
    slop: readSlop(read.options) ?? 0,
    maxExpansions: readMaxExpansions(read.options) ?? DEFAULT_MAX_EXPANSIONS,
    boost: read.boost,
    ...readTextOptions(read.options),
  };
}

export const readSlop = (options: OptionReader): number | undefined =>
  options.number('slop', { min: 0, max: MAX_SLOP, integer: true });

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
