import type { GramSizes } from '../tokenizers/ngram-tokenizer.ts';
import type { Rewrite } from '../token-filter.ts';

/**
 * Each term's stretches of min to max characters, or only its beginnings (`edge`), at its position and with its offsets. A
 * term that is shorter than min goes, or longer than max is cut, unless `preserveOriginal` keeps it beside its grams.
 */
export function gramFilter({ min, max }: GramSizes, edge: boolean, preserveOriginal: boolean): Rewrite {
  return (input, output) => {
    for (let at = 0; at < input.length; at++) {
      const term = input.terms[at]!;
      const letters = Array.from(term);
      const count = letters.length;
      for (let first = 0; first < (edge ? 1 : count); first++) {
        for (let size = min; size <= max && first + size <= count; size++) {
          output.pushFrom(input, at, letters.slice(first, first + size).join(''));
        }
      }
      if (preserveOriginal && (count < min || count > max)) output.pushFrom(input, at, term);
    }
  };
}
