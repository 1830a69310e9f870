import type { TokenBuffer } from '../analyzer.ts';
import { termOf } from '../term.ts';
import type { Tokenizer } from '../token-filter.ts';

export interface GramSizes {
  /** In code points. */
  readonly min: number;
  readonly max: number;
}

/** What a gram may consist of, as Elasticsearch names it. */
export const TOKEN_CHARS = {
  letter: /^\p{L}/u,
  digit: /^\p{Nd}/u,
  whitespace: /^\s/u,
  punctuation: /^\p{P}/u,
  symbol: /^\p{S}/u,
} as const;
export type TokenChars = keyof typeof TOKEN_CHARS;

/**
 * Every stretch of min to max characters of each run of `chars` (all characters when none are given), in the order of their
 * beginnings, or only those that begin a run (`edge`). Each has a position of its own, as in Lucene.
 */
export function gramTokenizer(sizes: GramSizes, chars: readonly TokenChars[], edge: boolean): Tokenizer['tokenize'] {
  const tests = chars.map((name) => TOKEN_CHARS[name]);
  const belongs = (letter: string): boolean => tests.length === 0 || tests.some((test) => test.test(letter));
  return (text, out) => {
    out.clear();
    /** Offsets of the code points of the run so far. */
    let run: number[] = [];
    let at = 0;
    for (const letter of text) {
      if (belongs(letter)) run.push(at);
      else if (run.length > 0) {
        grams(text, run, at, sizes, edge, out);
        run = [];
      }
      at += letter.length;
    }
    if (run.length > 0) grams(text, run, at, sizes, edge, out);
  };
}

function grams(
  text: string,
  run: number[],
  end: number,
  { min, max }: GramSizes,
  edge: boolean,
  out: TokenBuffer,
): void {
  const count = run.length;
  run.push(end);
  for (let first = 0; first < (edge ? 1 : count); first++) {
    for (let size = min; size <= max && first + size <= count; size++) {
      const [from, to] = [run[first]!, run[first + size]!];
      out.push(termOf(text, from, to, false), out.length, from, to);
    }
  }
}
