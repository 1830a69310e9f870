import { stem as porter2 } from 'porter2';
import { stemmer as porter } from 'stemmer';
import { chainOf, type Chain } from '../chain.ts';
import { cjkBigramFilter, CJK_SCRIPTS, type CjkScript } from '../filters/cjk-bigram-filter.ts';
import { PECULIARITIES, SNOWBALL_LANGUAGES, type SnowballLanguage } from '../languages/languages.ts';
import { SNOWBALL_STEMMERS } from '../languages/snowball.ts';
import { STOP_WORDS } from '../languages/stop-words.ts';
import { foldWidth } from '../terms/cjk-width.ts';
import { withoutPossessive } from '../terms/possessive.ts';
import type { TermFunction } from '../terms/remembered.ts';
import type { TermFilter, TokenFilter, Tokenizer } from '../token-filter.ts';
import { LOWER_CASE } from './filters.ts';
import { Options } from './options.ts';
import { stopWordOption } from './stop-word-option.ts';
import { TOKENIZER_MAKERS } from './tokenizers.ts';

const NO_WORDS: ReadonlySet<string> = new Set();
const NO_OPTIONS = new Options('', {});

const terms = (term: TermFunction): TermFilter => ({ kind: 'terms', term });
const without = (words: ReadonlySet<string>): TermFilter[] =>
  words.size === 0 ? [] : [terms((term) => (words.has(term) ? '' : term))];

function chain(tokenizer: Tokenizer, filters: readonly TokenFilter[]): Chain {
  return chainOf({ charFilters: [], tokenizer, filters });
}

const standard = (options: Options = NO_OPTIONS): Tokenizer => TOKENIZER_MAKERS['standard']!(options);

/** `stem_exclusion`: words that stay as they are. */
function stemming(stem: TermFunction, options: Options): TermFilter {
  const unstemmed = new Set(options.strings('stem_exclusion'));
  return terms(unstemmed.size === 0 ? stem : (term) => (unstemmed.has(term) ? term : stem(term)));
}

const ENGLISH_STEMMERS = { porter2, porter } as const;

function english(options: Options, fallback: keyof typeof ENGLISH_STEMMERS): Chain {
  const stopWords = stopWordOption(options);
  const stemmer = options.oneOf(
    'stemmer',
    Object.keys(ENGLISH_STEMMERS) as (keyof typeof ENGLISH_STEMMERS)[],
    fallback,
  );
  const stem = stemming(ENGLISH_STEMMERS[stemmer], options);
  return chain(standard(), [LOWER_CASE, terms(withoutPossessive), ...without(stopWords), stem]);
}

function snowball(language: SnowballLanguage, options: Options): Chain {
  const { before, lowerCase } = PECULIARITIES[language] ?? {};
  const stopWords = stopWordOption(options, STOP_WORDS.get(language));
  const filters = [
    // Articles are known in any case, so the plain lower-casing can come first, where the tokenizer does it in passing.
    ...(lowerCase ? [] : [LOWER_CASE]),
    ...(before ? [terms(before)] : []),
    ...(lowerCase ? [terms(lowerCase)] : []),
    ...without(stopWords),
    stemming(SNOWBALL_STEMMERS[language], options),
  ];
  return chain(standard(), filters);
}

/** By type; each is also a name. Options are optional in all of them. */
export const ANALYZER_MAKERS: Readonly<Record<string, (options: Options) => Chain>> = {
  standard: (options) => chain(standard(options), [LOWER_CASE, ...without(stopWordOption(options, NO_WORDS))]),
  simple: () => chain(TOKENIZER_MAKERS['lowercase']!(NO_OPTIONS), []),
  whitespace: () => chain(TOKENIZER_MAKERS['whitespace']!(NO_OPTIONS), []),
  keyword: () => chain(TOKENIZER_MAKERS['keyword']!(NO_OPTIONS), []),
  stop: (options) => chain(TOKENIZER_MAKERS['lowercase']!(NO_OPTIONS), without(stopWordOption(options))),
  english: (options) => english(options, 'porter2'),
  english_porter: (options) => english(options, 'porter'),
  ...Object.fromEntries(
    SNOWBALL_LANGUAGES.map((language) => [language, (options: Options) => snowball(language, options)]),
  ),
  cjk: (options) =>
    chain(standard(), [
      terms(foldWidth),
      LOWER_CASE,
      { kind: 'tokens', rewrite: cjkBigramFilter(Object.keys(CJK_SCRIPTS) as CjkScript[], false) },
      ...without(stopWordOption(options)),
    ]),
};
