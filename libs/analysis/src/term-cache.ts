import { ASCII_WORD } from './ascii.ts';

/** 2^16 slots, about 5 MB when full, answer 92 % of the words of English Wikipedia; 2^14 answer 86 %. */
const SLOTS = 1 << 16;
/** Longer words are rare and are not worth a slot. */
export const CACHED_LENGTH = 32;

/**
 * What becomes of words of ASCII, by the hash of their letters: the same word gives the very same term, so a running text
 * allocates little, is stemmed little, and whoever looks the term up in a Map finds its hash already computed.
 * Direct-mapped and bounded: a new word takes the slot of the old.
 */
export class TermCache {
  private readonly words: string[] = Array.from({ length: SLOTS }, () => '');
  private readonly terms: string[] = Array.from({ length: SLOTS }, () => '');
  private readonly codes = new Uint16Array(CACHED_LENGTH);
  private readonly derive: (word: string) => string;

  /** @param derive the term for a lower-cased word; always the same for the same word */
  constructor(derive: (word: string) => string) {
    this.derive = derive;
  }

  /**
   * @param hash of text[start, end), lower-cased, by `mixHash`; the range is ASCII, at most CACHED_LENGTH long
   * @returns its term
   */
  get(text: string, start: number, end: number, hash: number): string {
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.words[slot]!;
    const length = end - start;
    if (known.length === length) {
      let at = 0;
      while (at < length && known.charCodeAt(at) === folded(text.charCodeAt(start + at))) at++;
      if (at === length) return this.terms[slot]!;
    }
    const codes = this.codes;
    for (let i = 0; i < length; i++) codes[i] = folded(text.charCodeAt(start + i));
    const word = String.fromCharCode.apply(null, codes.subarray(0, length) as unknown as number[]);
    const term = this.derive(word);
    this.words[slot] = word;
    this.terms[slot] = term;
    return term;
  }
}

export const mixHash = (hash: number, code: number): number => (Math.imul(hash, 0x01000193) ^ code) | 0;

/** Joining punctuation (`.` `'` `:` `,` `;`) stands for itself. */
function folded(code: number): number {
  const word = ASCII_WORD[code]!;
  return word === 0 ? code : word;
}
