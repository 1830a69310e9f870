import type { Clause } from './compiled-query.ts';
import { pathsThrough, type WordPath, type WordSlot } from './word-slots.ts';

/** A way through a text as a clause: a term, or its terms as a phrase. Undefined: it has no words. */
function pathClause(
  field: string,
  { terms, offsets }: WordPath,
  slop: number,
  boost: number,
  word: (term: string) => Clause = (term) => ({ kind: 'term', field, term, boost }),
): Clause | undefined {
  if (terms.length === 0) return undefined;
  if (terms.length === 1) return word(terms[0]!);
  return { kind: 'phrase', field, terms, offsets: offsets.map((offset) => offset - offsets[0]!), slop, boost };
}

/** A document matches by any of the ways, and scores by its best. */
function anyOf(clauses: readonly (Clause | undefined)[]): Clause | undefined {
  const present = clauses.filter((clause) => clause !== undefined);
  return present.length < 2 ? present[0] : { kind: 'dis_max', clauses: present, tieBreaker: 0 };
}

/**
 * One clause for each slot that has words: what a match query looks for.
 * @param word the clause of a word that stands alone
 */
export const slotClauses = (
  field: string,
  slots: readonly WordSlot[],
  boost: number,
  word: (term: string) => Clause,
): Clause[] =>
  slots
    .map((slot) => anyOf(slot.map((path) => pathClause(field, path, 0, boost, word))))
    .filter((clause) => clause !== undefined);

/** What a phrase query looks for: any way through the whole text. */
export const phraseOfSlots = (
  field: string,
  slots: readonly WordSlot[],
  slop: number,
  boost: number,
  path: string,
): Clause => anyOf(pathsThrough(slots, path).map((words) => pathClause(field, words, slop, boost))) ?? { kind: 'none' };
