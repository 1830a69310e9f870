import type { QueryNode } from '../../query-node.ts';
import { parseFieldBoosts, type FieldBoost } from '../field-boost.ts';
import { DEFAULT_FUZZY } from '../limits.ts';
import { OptionReader } from '../option-reader.ts';
import type { QueryPlace } from '../parse-budget.ts';
import { checkQueryString, parseQueryStringAt } from '../query-string/parse-query-string.ts';
import type { QueryStringSettings } from '../query-string/query-string-settings.ts';
import { parseSimpleQueryString, type SimpleFlag } from '../query-string/simple-query-string.ts';
import { requestError } from '../request-error.ts';
import { readBoost } from './field-query.ts';
import { MAX_SLOP, OPERATORS, readMinimumShouldMatch, readTieBreaker } from './full-text-queries.ts';
import { MULTI_MATCH_TYPES } from './multi-match-query.ts';
import { readMaxStates } from './pattern-queries.ts';
import { MAX_PREFIX_LENGTH, readFuzzinessOf, readMaxExpansions, UNSUPPORTED_TEXT_OPTIONS } from './text-options.ts';

const SHARED = [
  'query',
  'fields',
  'default_operator',
  'analyzer',
  'lenient',
  'minimum_should_match',
  'analyze_wildcard',
  'fuzzy_prefix_length',
  'fuzzy_max_expansions',
  'fuzzy_transpositions',
  'boost',
];
const UNSUPPORTED = [...UNSUPPORTED_TEXT_OPTIONS, 'quote_field_suffix'];

export function parseQueryStringQuery(value: unknown, place: QueryPlace): QueryNode {
  const { path } = place;
  const own = ['default_field', 'type', 'tie_breaker', 'fuzziness', 'phrase_slop', 'max_determinized_states'];
  const options = new OptionReader(value, path, {
    code: 'bad_query',
    what: 'query_string',
    allowed: [...SHARED, ...own, 'allow_leading_wildcard'],
    unsupported: [
      ...UNSUPPORTED,
      'auto_generate_phrase_queries',
      'enable_position_increments',
      'escape',
      'quote_analyzer',
      'time_zone',
    ],
  });
  options.required('query');
  const text = options.string('query')!;
  const type = options.oneOf('type', MULTI_MATCH_TYPES);
  const phraseSlop = options.number('phrase_slop', { min: 0, max: MAX_SLOP, integer: true });
  const shared = readShared(options);
  const fuzziness = readFuzzinessOf(options, 'fuzziness') ?? shared.fuzzy.fuzziness;
  const settings: QueryStringSettings = {
    ...shared,
    fields: readDefaultFields(options),
    tieBreaker: readTieBreaker(options),
    fuzzy: { ...shared.fuzzy, fuzziness },
    ...(type !== undefined && { type }),
    ...(phraseSlop !== undefined && { phraseSlop }),
    ...readMaxStates(options),
    ...(options.boolean('allow_leading_wildcard') === false && { noLeadingWildcard: true }),
  };
  const node = parseQueryStringAt(text, settings, place);
  return { ...node, boost: node.boost * readBoost(options) };
}

const FLAGS: readonly SimpleFlag[] = [
  'and',
  'escape',
  'fuzzy',
  'near',
  'not',
  'or',
  'phrase',
  'precedence',
  'prefix',
  'whitespace',
];

export function parseSimpleQueryStringQuery(value: unknown, place: QueryPlace): QueryNode {
  const { path } = place;
  const options = new OptionReader(value, path, {
    code: 'bad_query',
    what: 'simple_query_string',
    allowed: [...SHARED, 'flags'],
    unsupported: UNSUPPORTED,
  });
  options.required('query');
  const text = options.string('query')!;
  checkQueryString(text, path);
  const settings = { ...readShared(options), fields: readDefaultFields(options) };
  const node = parseSimpleQueryString(text, settings, readFlags(options), place);
  return { ...node, boost: node.boost * readBoost(options) };
}

/** `OR|AND|PREFIX`; ALL and nothing mean all, SLOP is another name of NEAR. */
function readFlags(options: OptionReader): ReadonlySet<SimpleFlag> {
  const flags = options.string('flags') ?? 'ALL';
  const names = flags.split('|').map((name) => name.trim().toLowerCase());
  const asked = names.flatMap((name): readonly SimpleFlag[] => {
    if (name === 'all' || flags.trim() === '') return FLAGS;
    if (name === 'none') return [];
    const found = FLAGS.filter((flag) => flag === (name === 'slop' ? 'near' : name));
    if (found.length > 0) return found;
    throw options.fail('flags', `names joined by |, of ALL, NONE, SLOP, ${FLAGS.join(', ').toUpperCase()}`);
  });
  return new Set(asked);
}

function readShared(options: OptionReader) {
  if (options.boolean('analyze_wildcard'))
    throw requestError('unsupported_option', options.at('analyze_wildcard'), 'words with wildcards are not analyzed');
  const analyzer = options.string('analyzer');
  const prefix = options.number('fuzzy_prefix_length', { min: 0, max: MAX_PREFIX_LENGTH, integer: true });
  return {
    defaultOperator: options.oneOf('default_operator', OPERATORS) ?? ('or' as const),
    fuzzy: {
      fuzziness: DEFAULT_FUZZY.fuzziness,
      prefixLength: prefix ?? DEFAULT_FUZZY.prefixLength,
      maxExpansions: readMaxExpansions(options, 'fuzzy_max_expansions') ?? DEFAULT_FUZZY.maxExpansions,
      transpositions: options.boolean('fuzzy_transpositions') ?? DEFAULT_FUZZY.transpositions,
    },
    ...readMinimumShouldMatch(options),
    ...(analyzer !== undefined && { analyzer }),
    ...(options.boolean('lenient') && { lenient: true as const }),
  };
}

/** `*` as the default field is Elasticsearch's word for all fields. */
function readDefaultFields(options: OptionReader): FieldBoost[] {
  if (options.has('fields') && options.has('default_field'))
    throw requestError('bad_query', options.path, 'fields and default_field together; give one of them');
  const name = options.has('default_field') ? 'default_field' : 'fields';
  if (!options.has(name)) return [];
  if (name === 'fields' && !Array.isArray(options.raw(name)))
    throw options.fail(name, 'a list of names, as in ["title", "body"]; default_field takes one');
  const fields = parseFieldBoosts(options.raw(name), options.at(name));
  return fields.length === 1 && fields[0]!.field === '*' && fields[0]!.boost === 1 ? [] : fields;
}
