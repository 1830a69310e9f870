import type { MultiMatchType, QueryNode } from '../../query-node.ts';
import { parseFieldBoosts } from '../field-boost.ts';
import { OptionReader } from '../option-reader.ts';
import type { QueryPlace } from '../parse-budget.ts';
import { requestError } from '../request-error.ts';
import { readBoost } from './field-query.ts';
import { OPERATORS, readMinimumShouldMatch, readSlop, readTieBreaker } from './full-text-queries.ts';
import {
  FUZZY_OPTIONS,
  readFuzziness,
  readMaxExpansions,
  readTextOptions,
  TEXT_OPTIONS,
  UNSUPPORTED_TEXT_OPTIONS,
} from './text-options.ts';

export const MULTI_MATCH_TYPES: readonly MultiMatchType[] = [
  'best_fields',
  'most_fields',
  'cross_fields',
  'phrase',
  'phrase_prefix',
  'bool_prefix',
];
const FUZZY_TYPES: readonly MultiMatchType[] = ['best_fields', 'most_fields', 'bool_prefix'];
const PHRASE_TYPES: readonly MultiMatchType[] = ['phrase', 'phrase_prefix'];

export function parseMultiMatch(value: unknown, { path, budget }: QueryPlace): QueryNode {
  const own = ['query', 'fields', 'type', 'operator', 'tie_breaker', 'minimum_should_match', 'slop', 'boost'];
  const options = new OptionReader(value, path, {
    code: 'bad_query',
    what: 'multi_match',
    allowed: [...own, ...FUZZY_OPTIONS, ...TEXT_OPTIONS],
    unsupported: UNSUPPORTED_TEXT_OPTIONS,
  });
  const query = options.scalar('query');
  const mode = options.oneOf('type', MULTI_MATCH_TYPES) ?? 'best_fields';
  const onlyWith = (name: string, types: readonly MultiMatchType[]): void => {
    if (!options.has(name) || types.includes(mode)) return;
    throw requestError(
      'bad_query',
      options.at(name),
      `${name} means nothing with type ${mode}; use type ${types.join(' or ')}`,
    );
  };
  onlyWith('slop', PHRASE_TYPES);
  onlyWith('fuzziness', FUZZY_TYPES);
  onlyWith('max_expansions', [...FUZZY_TYPES, 'phrase_prefix']);
  const slop = readSlop(options);
  const maxExpansions = mode === 'phrase_prefix' ? readMaxExpansions(options) : undefined;
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
    ...readFuzziness(options),
    ...(maxExpansions !== undefined && { maxExpansions }),
    ...readTextOptions(options),
  };
}
