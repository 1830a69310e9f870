import { distance } from 'fastest-levenshtein';
import { stemmer as porter } from 'stemmer';
import { invalid } from '#libs/kernel';
import type { Analyzer, TokenBuffer } from './analyzer.ts';
import { englishTerms } from './english/english-terms.ts';
import { stem as porter2 } from 'porter2';
import { tokenizeLetters } from './letter-tokenizer.ts';
import { StandardTokenizer } from './standard-tokenizer.ts';
import { termOf } from './term.ts';
import { tokenizeWhitespace } from './whitespace-tokenizer.ts';

type Analyze = (text: string, out: TokenBuffer) => void;

/** Each is made when it is first asked for and then shared: analysis is synchronous, so its caches need no owner. */
const MAKERS: Readonly<Record<string, () => Analyze>> = {
  /** UAX #29 words, lower-cased. */
  standard: () => words((word) => word),
  /** Runs of letters, lower-cased. */
  simple: () => tokenizeLetters,
  /** What stands between white space, as it is. */
  whitespace: () => tokenizeWhitespace,
  /** The whole text as one token, as it is. */
  keyword: () => (text, out) => {
    out.clear();
    if (text.length > 0) out.push(termOf(text, 0, text.length, false), 0, 0, text.length);
  },
  /** `standard`, then possessives off, English stop words out, Snowball's English stemmer. */
  english: () => words(englishTerms(porter2)),
  /** The same with Porter's classic stemmer: the chain of Lucene's EnglishAnalyzer, for comparison with it. */
  english_porter: () => words(englishTerms(porter)),
};

function words(termFor: (word: string) => string): Analyze {
  const tokenizer = new StandardTokenizer(termFor);
  return (text, out) => tokenizer.tokenize(text, out);
}

const made = new Map<string, Analyzer>();

export const analyzerNames = (): string[] => Object.keys(MAKERS);

/** Throws `invalid` (`unknown_analyzer`) with the name that was probably meant. */
export function analyzer(name: string): Analyzer {
  const known = made.get(name);
  if (known) return known;
  const make = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (!make) throw unknownAnalyzer(name);
  const created: Analyzer = { name, version: 1, analyze: make() };
  made.set(name, created);
  return created;
}

function unknownAnalyzer(name: string): Error {
  const names = analyzerNames();
  const asked = name.slice(0, 64);
  const nearest = names.reduce((best, next) => (distance(asked, next) < distance(asked, best) ? next : best));
  return invalid(
    'unknown_analyzer',
    `there is no analyzer "${asked}"; did you mean "${nearest}"? known: ${names.join(', ')}`,
    { analyzer: asked, nearest, known: names },
  );
}
