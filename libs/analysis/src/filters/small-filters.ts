import type { TokenBuffer } from '../analyzer.ts';
import { boundedTerm } from '../term.ts';
import { foldToAscii } from '../terms/ascii-folding.ts';
import type { Rewrite } from '../token-filter.ts';

/** The folded term, and beside it the original where it differs. */
export const foldBesideOriginal: Rewrite = (input, output) => {
  for (let at = 0; at < input.length; at++) {
    const term = input.terms[at]!;
    const folded = boundedTerm(foldToAscii(term));
    output.pushFrom(input, at, folded);
    if (folded !== term) output.pushFrom(input, at, term);
  }
};

/** Terms that have come before go: in the whole text, or only of the same position. */
export function uniqueFilter(onlyOnSamePosition: boolean): Rewrite {
  return (input, output) => {
    const seen = new Set<string>();
    for (let at = 0; at < input.length; at++) {
      if (onlyOnSamePosition && at > 0 && input.positions[at] !== input.positions[at - 1]) seen.clear();
      const term = input.terms[at]!;
      if (seen.has(term)) continue;
      seen.add(term);
      output.pushFrom(input, at, term);
    }
  };
}

/** The first tokens of a text. */
export function limitFilter(most: number): Rewrite {
  return (input, output) => {
    for (let at = 0; at < Math.min(most, input.length); at++) output.pushFrom(input, at, input.terms[at]!);
  };
}

export interface ShingleOptions {
  readonly min: number;
  readonly max: number;
  readonly outputUnigrams: boolean;
  readonly separator: string;
  /** Stands for a removed word. */
  readonly filler: string;
}

/** Runs of min to max neighbouring words as one term each, at the position of the first. */
export function shingleFilter(options: ShingleOptions): Rewrite {
  const { min, max, outputUnigrams, separator, filler } = options;
  return (input, output) => {
    for (let first = 0; first < input.length; first++) {
      if (outputUnigrams) output.pushFrom(input, first, input.terms[first]!);
      const words = wordsFrom(input, first, max, filler);
      for (let size = min; size <= words.length; size++) {
        const last = words[size - 1]!.token;
        if (last < 0) continue;
        const shingle = words.slice(0, size);
        const term = boundedTerm(shingle.map((word) => word.term).join(separator));
        const [start, end] = extentOf(shingle, input);
        output.push(term, input.positions[first]!, start, end);
      }
    }
  };
}

/** The words on the next positions, fillers (token -1) where one was removed; of several on one position the first. */
function wordsFrom(input: TokenBuffer, first: number, most: number, filler: string): { term: string; token: number }[] {
  const words = [{ term: input.terms[first]!, token: first }];
  let position = input.positions[first]!;
  for (let at = first + 1; at < input.length && words.length < most; at++) {
    if (input.positions[at]! <= position) continue;
    while (++position < input.positions[at]! && words.length < most) words.push({ term: filler, token: -1 });
    if (words.length < most) words.push({ term: input.terms[at]!, token: at });
  }
  return words;
}

/** From where the first of the words begins in the text to where the last ends: a synonym's may come before its neighbour's. */
function extentOf(words: readonly { readonly token: number }[], input: TokenBuffer): [start: number, end: number] {
  let start = Infinity;
  let end = 0;
  for (const { token } of words) {
    if (token < 0) continue;
    start = Math.min(start, input.starts[token]!);
    end = Math.max(end, input.ends[token]!);
  }
  return [start, end];
}
