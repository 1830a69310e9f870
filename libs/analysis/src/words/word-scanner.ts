import { ASCII_JOINS, ASCII_KIND, ASCII_WORD } from '../ascii.ts';
import { mixHash } from '../term-cache.ts';
import { termOf } from '../term.ts';
import { hashBytes, WINDOW_UNITS, writeUtf8, type WordBatch } from './word-batch.ts';

/** Longer words are left to the rules. */
const LONGEST_WORD = 256;
/** Of a window's end, unless it is the text's: a word that begins before it ends within the window. */
const MARGIN = LONGEST_WORD + 2;
const UNDERSCORE = 0x5f;

/** What only the rules of UAX #29 can judge: one segment of the text, or one code point outside of words. */
export interface WordRules {
  /** @returns the end of what begins at `start` */
  segmentEnd(text: string, start: number): number;
  /** Whether the segment that was passed last is a word. */
  readonly isWord: boolean;
}

/**
 * The words of StandardTokenizer in batches of bytes. The text is copied in windows to an array of its units, which is
 * read some five times faster than a string; words of pure ASCII are lower-cased and hashed as they are read.
 */
export class WordScanner {
  private readonly units = new Uint16Array(WINDOW_UNITS + 1);
  private readonly view = Buffer.from(this.units.buffer);

  constructor(private readonly rules: WordRules) {}

  /**
   * Replaces the content of `out` by the words that begin at `from` or later, as far as a window reaches.
   * @returns where the next batch begins, text.length after the last
   */
  scan(text: string, from: number, out: WordBatch): number {
    const { units } = this;
    const { bytes, ends, hashes } = out;
    const filled = Math.min(WINDOW_UNITS, text.length - from);
    this.view.write(filled === text.length ? text : text.slice(from, from + filled), 0, 'utf16le');
    units[filled] = 0;
    const limit = from + filled === text.length ? filled : filled - MARGIN;
    let count = 0;
    let used = 0;
    let at = 0;
    while (at < limit) {
      const first = units[at]!;
      if (first < 128) {
        if (ASCII_WORD[first] === 0) {
          if (units[at + 1]! < 128) {
            at++;
            continue;
          }
        } else {
          const start = used;
          let hash = 0;
          let end = at;
          let code = first;
          let seen = 0;
          for (;;) {
            while (code < 128) {
              const folded = ASCII_WORD[code]!;
              if (folded === 0) break;
              seen |= ASCII_KIND[code]!;
              hash = mixHash(hash, folded);
              bytes[used++] = folded;
              code = units[++end]!;
            }
            if (code >= 128) break;
            // WB6, WB7, WB11, WB12: the same kind on both sides, and the punctuation belongs to the word.
            const joins = ASCII_JOINS[code]! & ASCII_KIND[units[end - 1]!]!;
            if (joins === 0) break;
            const next = units[end + 1]!;
            if (next >= 128) {
              code = next;
              break;
            }
            if ((ASCII_KIND[next]! & joins) === 0) break;
            hash = mixHash(hash, code);
            bytes[used++] = code;
            end++;
            code = next;
          }
          if (code < 128 && end - at <= LONGEST_WORD) {
            if (first !== UNDERSCORE || seen !== 0) {
              ends[count] = used;
              hashes[count++] = hash;
            } else used = start;
            at = end;
            continue;
          }
          used = start;
        }
      }
      const start = from + at;
      const end = this.rules.segmentEnd(text, start);
      if (this.rules.isWord) {
        const wordEnd = writeUtf8(termOf(text, start, end, true), bytes, used);
        ends[count] = wordEnd;
        hashes[count++] = hashBytes(bytes, used, wordEnd);
        used = wordEnd;
      }
      at = end - from;
    }
    out.length = count;
    return from + at;
  }
}
