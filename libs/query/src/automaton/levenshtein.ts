import { invalid } from '#libs/kernel';
import type { ByteAutomaton } from '#libs/segment';
import { type AutomatonBudget, PatternLimits } from './automaton-budget.ts';
import { cachedAutomaton } from './automaton-cache.ts';
import { determinize } from './determinize.ts';
import { Nfa } from './nfa.ts';
import { MAX_CODE_POINT } from './pattern.ts';

/** Code points of a fuzzy word: an automaton grows with the word, and nobody mistypes longer ones. */
export const MAX_FUZZY_LENGTH = 256;

export interface FuzzyWord {
  readonly word: string;
  /** 0, 1 or 2 edits: a character too many, too few or another one. */
  readonly distance: number;
  /** Code points at the beginning that must be the same. */
  readonly prefixLength: number;
  /** Whether two neighbours that have changed places are one edit. */
  readonly transpositions: boolean;
}

const ANY = [{ from: 0, to: MAX_CODE_POINT }];

/**
 * The automaton of the words within a distance; the mark of a match is its distance + 1. States are (place in the word,
 * edits so far), as in Schulz & Mihov, "Fast string correction with Levenshtein automata" (2002); between two swapped
 * characters nothing else is edited. Throws `invalid` (`too_complex_pattern`).
 */
export function levenshteinAutomaton(fuzzy: FuzzyWord, budget: AutomatonBudget, path: string): ByteAutomaton {
  const word = Array.from(fuzzy.word.toWellFormed(), (char) => char.codePointAt(0)!);
  if (word.length > MAX_FUZZY_LENGTH) {
    throw invalid(
      'too_complex_pattern',
      `${path}: a fuzzy word of ${word.length} characters; at most ${MAX_FUZZY_LENGTH} are possible, search it without fuzziness`,
      { path, length: word.length, limit: MAX_FUZZY_LENGTH },
    );
  }
  const limits = new PatternLimits(budget, { text: fuzzy.word, path });
  const { distance, prefixLength, transpositions } = fuzzy;
  const fixed = Math.min(prefixLength, word.length);
  const key = JSON.stringify(['fuzzy', word, distance, fixed, transpositions]);
  return cachedAutomaton(key, limits, () => build(word, distance, fixed, transpositions, limits));
}

/** @param fixed characters at the beginning that are not edited */
function build(
  word: readonly number[],
  distance: number,
  fixed: number,
  transpositions: boolean,
  limits: PatternLimits,
): ByteAutomaton {
  const nfa = new Nfa(limits);
  const states = Array.from({ length: word.length + 1 }, () => Array.from({ length: distance + 1 }, () => nfa.state()));
  const one = (from: number, codePoint: number, to: number): void =>
    nfa.characters(from, [{ from: codePoint, to: codePoint }], to);
  for (const [place, row] of states.entries()) {
    const last = place === word.length;
    for (const [edits, state] of row.entries()) {
      if (last) nfa.marks[state] = edits + 1;
      else one(state, word[place]!, states[place + 1]![edits]!);
      if (edits === distance || place < fixed) continue;
      const edited = edits + 1;
      nfa.characters(state, ANY, row[edited]!);
      if (last) continue;
      nfa.characters(state, ANY, states[place + 1]![edited]!);
      nfa.epsilon(state, states[place + 1]![edited]!);
      if (!transpositions || place + 1 >= word.length) continue;
      const between = nfa.state();
      one(state, word[place + 1]!, between);
      one(between, word[place]!, states[place + 2]![edited]!);
    }
  }
  return determinize(nfa);
}
