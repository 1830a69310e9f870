import type { Fuzziness, FuzzyOptions, TextOptions } from '../../query-node.ts';
import { DEFAULT_FUZZY, MAX_MAX_EXPANSIONS } from '../limits.ts';
import type { OptionReader } from '../option-reader.ts';
import { requestError } from '../request-error.ts';

/** Options of queries over texts that Elasticsearch has and Quarry has not. */
export const UNSUPPORTED_TEXT_OPTIONS: readonly string[] = [
  'auto_generate_synonyms_phrase_query',
  'cutoff_frequency',
  'fuzzy_rewrite',
  'rewrite',
];

export const TEXT_OPTIONS: readonly string[] = ['analyzer', 'zero_terms_query', 'lenient'];

/** Those of TEXT_OPTIONS that were given. */
export function readTextOptions(options: OptionReader): TextOptions {
  const analyzer = options.string('analyzer');
  const zeroTerms = options.oneOf('zero_terms_query', ['none', 'all'] as const);
  return {
    ...(analyzer !== undefined && { analyzer }),
    ...(zeroTerms === 'all' && { zeroTerms }),
    ...(options.boolean('lenient') && { lenient: true }),
  };
}

export const FUZZY_OPTIONS: readonly string[] = [
  'fuzziness',
  'prefix_length',
  'max_expansions',
  'fuzzy_transpositions',
];

/** Undefined without `fuzziness`; the other options mean nothing then. */
export function readFuzziness(options: OptionReader): { fuzzy?: FuzzyOptions } {
  if (options.has('fuzziness')) return { fuzzy: readFuzzyOptions(options, 'fuzzy_transpositions') };
  for (const name of ['prefix_length', 'fuzzy_transpositions']) {
    if (options.has(name)) throw requestError('bad_query', options.at(name), `${name} means nothing without fuzziness`);
  }
  return {};
}

/** @param transpositions how the query calls it */
export function readFuzzyOptions(options: OptionReader, transpositions: string): FuzzyOptions {
  return {
    fuzziness: readFuzzinessOf(options, 'fuzziness') ?? DEFAULT_FUZZY.fuzziness,
    prefixLength:
      options.number('prefix_length', { min: 0, max: MAX_PREFIX_LENGTH, integer: true }) ?? DEFAULT_FUZZY.prefixLength,
    maxExpansions: readMaxExpansions(options) ?? DEFAULT_FUZZY.maxExpansions,
    transpositions: options.boolean(transpositions) ?? DEFAULT_FUZZY.transpositions,
  };
}

/** No word is longer. */
export const MAX_PREFIX_LENGTH = 1024;

export const readMaxExpansions = (options: OptionReader, name = 'max_expansions'): number | undefined =>
  options.number(name, { min: 1, max: MAX_MAX_EXPANSIONS, integer: true });

const AUTO = /^AUTO(?::(\d{1,4}),(\d{1,4}))?$/i;

/** 0, 1, 2, "AUTO", "AUTO:3,6". */
export function readFuzzinessOf(options: OptionReader, name: string): Fuzziness | undefined {
  const value = options.raw(name);
  if (value === undefined) return undefined;
  if ((typeof value === 'number' || typeof value === 'string') && /^[012](?:\.0)?$/.test(String(value)))
    return Number(value) as Fuzziness;
  const auto = typeof value === 'string' ? AUTO.exec(value) : null;
  if (!auto) throw options.fail(name, '0, 1, 2, "AUTO" or "AUTO:low,high" as in "AUTO:3,6"');
  if (auto[1] === undefined) return 'AUTO';
  const [low, high] = [Number(auto[1]), Number(auto[2])];
  if (low > high) throw options.fail(name, '"AUTO:low,high" with low up to high');
  return `AUTO:${low},${high}`;
}
