import { elision } from '../terms/elision.ts';
import { greekLowerCase, irishLowerCase, turkishLowerCase } from '../terms/lower-case.ts';
import { beforeApostrophe } from '../terms/possessive.ts';
import type { TermFunction } from '../terms/remembered.ts';
import { SNOWBALL_STEMMERS } from './snowball.ts';

export type SnowballLanguage = keyof typeof SNOWBALL_STEMMERS;

/** What a language does to words beyond lower-casing, stop words and stemming. */
interface Peculiarities {
  /** Instead of the ordinary lower-casing. */
  readonly lowerCase?: TermFunction;
  /** Before lower-casing. */
  readonly before?: TermFunction;
}

const FRENCH_ARTICLES = 'l m t qu n s j d c jusqu quoiqu lorsqu puisqu';
const ITALIAN_ARTICLES = 'c l all dall dell nell sull coll pell gl agl dagl degl negl sugl un m t s v d';
const IRISH_ARTICLES = 'd m b';

export const ARTICLES: Readonly<Record<string, ReadonlySet<string>>> = {
  french: new Set(FRENCH_ARTICLES.split(' ')),
  italian: new Set(ITALIAN_ARTICLES.split(' ')),
  irish: new Set(IRISH_ARTICLES.split(' ')),
};

export const PECULIARITIES: Readonly<Partial<Record<SnowballLanguage, Peculiarities>>> = {
  french: { before: elision(ARTICLES['french']!) },
  italian: { before: elision(ARTICLES['italian']!) },
  irish: { before: elision(ARTICLES['irish']!), lowerCase: irishLowerCase },
  greek: { lowerCase: greekLowerCase },
  turkish: { before: beforeApostrophe, lowerCase: turkishLowerCase },
};

export const SNOWBALL_LANGUAGES = Object.keys(SNOWBALL_STEMMERS) as readonly SnowballLanguage[];
