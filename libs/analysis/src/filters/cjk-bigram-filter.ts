import { TokenBuffer } from '../analyzer.ts';
import type { Rewrite } from '../token-filter.ts';

export const CJK_SCRIPTS = {
  han: /^\p{Script=Han}\p{M}*$/u,
  hiragana: /^[\p{Script=Hiragana}ー]\p{M}*$/u,
  katakana: /^[\p{Script=Katakana}ー]\p{M}*$/u,
  hangul: /^\p{Script=Hangul}\p{M}*$/u,
} as const;
export type CjkScript = keyof typeof CJK_SCRIPTS;

const CJK_WORD = /^(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]\p{M}*)+$/u;
const LETTERS = /\P{M}\p{M}*/gu;
const ASCII_START = 128;

/**
 * Overlapping pairs of neighbouring ideographs, kana and Hangul, a lone one as itself: Lucene's CJKBigramFilter. Words of
 * other scripts pass. Each pair has a position of its own; with unigrams, the single letter stands at the pair's position.
 */
export function cjkBigramFilter(scripts: readonly CjkScript[], outputUnigrams: boolean): Rewrite {
  const tests = scripts.map((script) => CJK_SCRIPTS[script]);
  const isPaired = (letter: string): boolean => tests.some((test) => test.test(letter));
  const run = new TokenBuffer();
  return (input, output) => {
    // Positions are counted anew, but gaps that filters before have left are kept.
    let position = 0;
    let expected = 0;
    run.clear();
    const flush = (): void => {
      position = pairs(run, position, outputUnigrams, output);
      run.clear();
    };
    for (let at = 0; at < input.length; at++) {
      const term = input.terms[at]!;
      const gap = input.positions[at]! - expected;
      const letters = lettersOf(term, isPaired);
      if (run.length > 0 && (letters === undefined || gap > 0 || run.ends[run.length - 1] !== input.starts[at]))
        flush();
      position += Math.max(0, gap);
      expected = Math.max(expected, input.positions[at]! + 1);
      if (letters) addLetters(letters, input, at, run);
      // Another at the same position keeps beside the one before.
      else output.push(term, gap < 0 ? Math.max(0, position - 1) : position++, input.starts[at]!, input.ends[at]!);
    }
    if (run.length > 0) flush();
  };
}

function lettersOf(term: string, isPaired: (letter: string) => boolean): string[] | undefined {
  if (term.charCodeAt(0) < ASCII_START || !CJK_WORD.test(term)) return undefined;
  const letters = term.match(LETTERS)!;
  return letters.every(isPaired) ? letters : undefined;
}

function addLetters(letters: readonly string[], input: TokenBuffer, at: number, run: TokenBuffer): void {
  const [start, end] = [input.starts[at]!, input.ends[at]!];
  // Where a filter changed the word's length, each letter stands for the whole word.
  const isExact = letters.join('').length === end - start;
  let offset = start;
  for (const letter of letters) {
    run.push(letter, 0, isExact ? offset : start, isExact ? offset + letter.length : end);
    offset += letter.length;
  }
}

/** Writes the pairs of a run and answers the position after them. */
function pairs(run: TokenBuffer, from: number, outputUnigrams: boolean, output: TokenBuffer): number {
  const count = run.length;
  if (count === 1) {
    output.push(run.terms[0]!, from, run.starts[0]!, run.ends[0]!);
    return from + 1;
  }
  let position = from;
  for (let at = 0; at < count; at++) {
    if (outputUnigrams) output.push(run.terms[at]!, position, run.starts[at]!, run.ends[at]!);
    if (at + 1 < count) {
      const term = run.terms[at]! + run.terms[at + 1]!;
      output.push(term, position, run.starts[at]!, Math.max(run.ends[at]!, run.ends[at + 1]!));
    }
    if (outputUnigrams || at + 1 < count) position++;
  }
  return position;
}
