import type { TokenBuffer } from '#libs/analysis';
import type { FieldMarks, PhraseMarks } from './highlight-terms.ts';

/** A stretch of a text that matches the query: UTF-16 offsets [start, end), and which word it is. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly term: string;
}

/** The marks of an analyzed text, ascending, not overlapping. Words of a phrase only where the phrase stands. */
export function findMarks(tokens: TokenBuffer, marks: FieldMarks): Mark[] {
  const inPhrases = new Set<number>();
  for (const phrase of marks.phrases) markPhrase(tokens, phrase, inPhrases);
  const found: Mark[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const term = tokens.terms[at]!;
    const [start, end] = [tokens.starts[at]!, tokens.ends[at]!];
    const matches = marks.terms.has(term) || inPhrases.has(at) || marks.matchers.some((isMeant) => isMeant(term));
    if (matches && end > start && start >= (found.at(-1)?.end ?? 0)) found.push({ start, end, term });
  }
  return found;
}

/**
 * Adds the tokens that stand in an occurrence of the phrase: every word within `slop` of where it should be, and none standing for
 * two words.
 */
function markPhrase(tokens: TokenBuffer, phrase: PhraseMarks, out: Set<number>): void {
  const { offsets, slop } = phrase;
  // By word of the phrase: its tokens with where the phrase would begin if it is meant.
  const words: { token: number; start: number }[][] = phrase.words.map(() => []);
  for (let at = 0; at < tokens.length; at++) {
    for (const [word, isMeant] of phrase.words.entries()) {
      if (isMeant(tokens.terms[at]!)) words[word]!.push({ token: at, start: tokens.positions[at]! - offsets[word]! });
    }
  }
  if (words.some(({ length }) => length === 0)) return;
  const lows = words.map(() => 0);
  for (const start of [...new Set(words.flat().map((entry) => entry.start))].toSorted((a, b) => a - b)) {
    const inWindow = words.map((entries, word) => {
      while (lows[word]! < entries.length && entries[lows[word]!]!.start < start) lows[word]!++;
      const within: number[] = [];
      for (let at = lows[word]!; at < entries.length && entries[at]!.start <= start + slop; at++)
        within.push(entries[at]!.token);
      return within;
    });
    const together = new Set(inWindow.flat());
    if (together.size < words.length || inWindow.some(({ length }) => length === 0)) continue;
    for (const token of together) out.add(token);
  }
}
