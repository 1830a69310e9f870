import { stem as porter2 } from 'porter2';
import { stemmer as porter } from 'stemmer';
import { SNOWBALL_STEMMERS } from '../languages/snowball.ts';
import { withoutPossessive } from '../terms/possessive.ts';
import type { TermFunction } from '../terms/remembered.ts';

/** What `language` of a `stemmer` filter may be. */
export const STEMMERS: Readonly<Record<string, TermFunction>> = {
  english: porter2,
  porter2,
  porter,
  possessive_english: withoutPossessive,
  ...SNOWBALL_STEMMERS,
};
export const STEMMER_NAMES = Object.keys(STEMMERS);
