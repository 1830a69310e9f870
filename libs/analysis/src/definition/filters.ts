import { CJK_SCRIPTS, cjkBigramFilter, type CjkScript } from '../filters/cjk-bigram-filter.ts';
import { gramFilter } from '../filters/ngram-filter.ts';
import { foldBesideOriginal, limitFilter, shingleFilter, uniqueFilter } from '../filters/small-filters.ts';
import { ARTICLES } from '../languages/languages.ts';
import { lowerCase } from '../term.ts';
import { foldToAscii } from '../terms/ascii-folding.ts';
import { foldWidth } from '../terms/cjk-width.ts';
import { elision } from '../terms/elision.ts';
import { greekLowerCase, irishLowerCase, turkishLowerCase } from '../terms/lower-case.ts';
import { beforeApostrophe } from '../terms/possessive.ts';
import type { TermFunction } from '../terms/remembered.ts';
import type { TermFilter, TokenFilter } from '../token-filter.ts';
import { gramSizes } from './gram-options.ts';
import type { Options } from './options.ts';
import { STEMMER_NAMES, STEMMERS } from './stemmers.ts';
import { stopWordOption } from './stop-word-option.ts';
import { synonymFilter, type WordsOf } from './synonym-options.ts';

/** @param wordsOf cuts a text as tokenizer and filters before this one do */
type FilterMaker = (options: Options, wordsOf: WordsOf) => TokenFilter;

export const LOWER_CASE: TermFilter = { kind: 'terms', term: lowerCase, isLowerCase: true };

const terms = (term: TermFunction): TermFilter => ({ kind: 'terms', term });

const LOWER_CASES: Readonly<Record<string, TermFunction>> = {
  greek: greekLowerCase,
  irish: irishLowerCase,
  turkish: turkishLowerCase,
};

const MOST_CHARACTERS = { min: 0, max: 1_000_000 };

/** In characters, as people count them: code points. */
const lengthOf = (term: string): number => (/^[\0-\x7f]*$/.test(term) ? term.length : Array.from(term).length);

const grams =
  (edge: boolean): FilterMaker =>
  (options) => {
    const sizes = gramSizes(options, edge);
    return { kind: 'tokens', rewrite: gramFilter(sizes, edge, options.boolean('preserve_original', false)) };
  };

/** By type; those that need no option are also known by it. */
export const FILTER_MAKERS: Readonly<Record<string, FilterMaker>> = {
  lowercase: (options) => {
    const language = options.oneOf('language', [...Object.keys(LOWER_CASES), ''], '');
    return language === '' ? LOWER_CASE : terms(LOWER_CASES[language]!);
  },
  uppercase: () => terms((term) => term.toUpperCase()),
  asciifolding: (options) =>
    options.boolean('preserve_original', false) ? { kind: 'tokens', rewrite: foldBesideOriginal } : terms(foldToAscii),
  stop: (options) => {
    const words = stopWordOption(options);
    if (!options.boolean('ignore_case', false)) return terms((term) => (words.has(term) ? '' : term));
    const folded = new Set(Array.from(words, lowerCase));
    return terms((term) => (folded.has(lowerCase(term)) ? '' : term));
  },
  stemmer: (options) => {
    // Elasticsearch knows the option by both names.
    const name = options.string('name');
    const language = options.oneOf('language', STEMMER_NAMES, name ?? 'english');
    const stem = Object.hasOwn(STEMMERS, language) ? STEMMERS[language] : undefined;
    if (!stem) throw options.wrong('name', language, `one of ${STEMMER_NAMES.join(', ')}`);
    return terms(stem);
  },
  snowball: (options) => {
    const language = (options.string('language') ?? 'English').toLowerCase();
    if (!Object.hasOwn(STEMMERS, language))
      throw options.wrong('language', language, `one of ${STEMMER_NAMES.join(', ')}`);
    return terms(STEMMERS[language]!);
  },
  porter_stem: () => terms(STEMMERS['porter']!),
  elision: (options) => {
    const articles = options.strings('articles');
    const ignoreCase = options.boolean('articles_case', false);
    return terms(
      elision(
        articles ? new Set(ignoreCase ? articles.map(lowerCase) : articles) : ARTICLES['french']!,
        ignoreCase || !articles,
      ),
    );
  },
  apostrophe: () => terms(beforeApostrophe),
  length: (options) => {
    const min = options.integer('min', MOST_CHARACTERS, 0);
    const max = options.integer('max', { ...MOST_CHARACTERS, min }, MOST_CHARACTERS.max);
    return terms((term) => (lengthOf(term) >= min && lengthOf(term) <= max ? term : ''));
  },
  trim: () => terms((term) => term.trim()),
  truncate: (options) => {
    const length = options.integer('length', { ...MOST_CHARACTERS, min: 1 }, 10);
    return terms((term) => (lengthOf(term) <= length ? term : Array.from(term).slice(0, length).join('')));
  },
  reverse: () => terms((term) => Array.from(term).toReversed().join('')),
  cjk_width: () => terms(foldWidth),
  cjk_bigram: (options) => {
    const scripts = Object.keys(CJK_SCRIPTS) as CjkScript[];
    const ignored = options.strings('ignored_scripts') ?? [];
    for (const name of ignored) {
      if (!(scripts as string[]).includes(name))
        throw options.wrong('ignored_scripts', name, `some of ${scripts.join(', ')}`);
    }
    const paired = scripts.filter((script) => !ignored.includes(script));
    return { kind: 'tokens', rewrite: cjkBigramFilter(paired, options.boolean('output_unigrams', false)) };
  },
  ngram: grams(false),
  edge_ngram: grams(true),
  unique: (options) => ({ kind: 'tokens', rewrite: uniqueFilter(options.boolean('only_on_same_position', false)) }),
  limit: (options) => ({
    kind: 'tokens',
    rewrite: limitFilter(options.integer('max_token_count', { min: 1, max: 2 ** 31 - 1 }, 1)),
  }),
  shingle: (options) => {
    const max = options.integer('max_shingle_size', { min: 2, max: 8 }, 2);
    const min = options.integer('min_shingle_size', { min: 2, max }, 2);
    return {
      kind: 'tokens',
      rewrite: shingleFilter({
        min,
        max,
        outputUnigrams: options.boolean('output_unigrams', true),
        separator: options.string('token_separator') ?? ' ',
        filler: options.string('filler_token') ?? '_',
      }),
    };
  },
  synonym: synonymFilter,
  synonym_graph: synonymFilter,
};

/** Those that mean nothing without options. */
export const NEEDS_OPTIONS: ReadonlySet<string> = new Set(['synonym', 'synonym_graph']);
