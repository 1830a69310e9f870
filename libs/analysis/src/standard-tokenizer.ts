import type { TokenBuffer, WordAnalysis } from './analyzer.ts';
import { ASCII_JOINS, ASCII_KIND, ASCII_WORD } from './ascii.ts';
import { CACHED_LENGTH, mixHash, TermCache } from './term-cache.ts';
import { termOf } from './term.ts';
import {
  A_LETTER,
  COMPLEX_CONTEXT,
  EXTEND_NUM_LET,
  HEBREW_LETTER,
  IDEOGRAPH,
  KATAKANA,
  NUMERIC,
  PICTOGRAPHIC,
  REGIONAL_INDICATOR,
  WORD_BREAK_CLASSES,
  WORD_BREAK_MASK,
} from './word-break/word-break-classes.ts';
import { skipIgnored, WordBreaker } from './word-break/word-breaker.ts';
import { WordScanner, type WordRules } from './words/word-scanner.ts';

const WORD_STARTS = (1 << A_LETTER) | (1 << HEBREW_LETTER) | (1 << NUMERIC) | (1 << KATAKANA) | (1 << EXTEND_NUM_LET);
const OTHER_STARTS = COMPLEX_CONTEXT | IDEOGRAPH | PICTOGRAPHIC;
const UNDERSCORE = 0x5f;
const ENCLOSING_KEYCAP = 0x20e3;

/**
 * Words as Lucene's StandardTokenizer sees them, lower-cased: a segment of UAX #29 that has a letter, a digit or a Katakana
 * is a token; so is each ideograph and each Hiragana, each emoji (with its modifiers and joiners), each flag and keycap, and
 * each run of a South East Asian script, which cannot be parted without a dictionary.
 *
 * Two ways to the same tokens: `tokenize` takes words of pure ASCII at a table look-up a character and leaves the rest to
 * the rules; `tokenizeByRules` asks the rules alone and is what tests compare with.
 */
export class StandardTokenizer implements WordRules {
  /** The same tokens as bytes, in batches. */
  readonly words: WordAnalysis;
  private readonly termFor: (word: string) => string;
  private readonly cache: TermCache;
  private readonly breaker = new WordBreaker();
  /** Of the word that `asciiEnd` found last. */
  private hash = 0;
  /** Whether what `segmentEnd` passed last is a token. */
  isWord = false;
  /** Of the next word. */
  private position = 0;

  /** @param termFor the term of a lower-cased word (default: itself), '' to leave it out (its position stays as a gap); pure */
  constructor(termFor?: (word: string) => string) {
    this.termFor = termFor ?? ((word) => word);
    this.cache = new TermCache(this.termFor);
    const scanner = new WordScanner(this);
    this.words = { scan: (text, from, out) => scanner.scan(text, from, out), termFor };
  }

  tokenize(text: string, out: TokenBuffer): void {
    out.clear();
    this.position = 0;
    const length = text.length;
    for (let at = 0; at < length;) {
      const first = text.charCodeAt(at);
      if (first < 128) {
        if (ASCII_WORD[first] !== 0) {
          const end = this.asciiEnd(text, at);
          if (end >= 0) {
            if (first !== UNDERSCORE || hasLetterOrDigit(text, at, end)) {
              const cached = end - at <= CACHED_LENGTH;
              this.add(cached ? this.cache.get(text, at, end, this.hash) : this.derived(text, at, end), at, end, out);
            }
            at = end;
            continue;
          }
        } else if (!(text.charCodeAt(at + 1) >= 128)) {
          at++;
          continue;
        }
      }
      at = this.ruleStep(text, at, out);
    }
  }

  tokenizeByRules(text: string, out: TokenBuffer): void {
    out.clear();
    this.position = 0;
    for (let at = 0; at < text.length;) at = this.ruleStep(text, at, out);
  }

  /**
   * The end of the word that starts at `start` with a letter, digit or underscore of ASCII; -1 when it touches something
   * beyond ASCII (an accent, an ideographic letter, a typographic apostrophe), which only the rules can judge.
   */
  private asciiEnd(text: string, start: number): number {
    const length = text.length;
    let hash = 0;
    let at = start;
    let code = 0;
    for (;;) {
      while (at < length && (code = text.charCodeAt(at)) < 128) {
        const folded = ASCII_WORD[code]!;
        if (folded === 0) break;
        hash = mixHash(hash, folded);
        at++;
      }
      if (at === length) break;
      if (code >= 128) return -1;
      // WB6, WB7, WB11, WB12: the same kind on both sides, and the punctuation belongs to the word.
      const joins = ASCII_JOINS[code]! & ASCII_KIND[text.charCodeAt(at - 1)]!;
      if (joins === 0) break;
      if (at + 1 === length) break;
      const next = text.charCodeAt(at + 1);
      if (next >= 128) return -1;
      if ((ASCII_KIND[next]! & joins) === 0) break;
      hash = mixHash(hash, code);
      at++;
    }
    this.hash = hash;
    return at;
  }

  /** Passes one segment, or one code point outside of words, and adds it when it is a token. */
  private ruleStep(text: string, at: number, out: TokenBuffer): number {
    const end = this.segmentEnd(text, at);
    if (this.isWord) this.add(this.derived(text, at, end), at, end, out);
    return end;
  }

  private derived(text: string, start: number, end: number): string {
    return this.termFor(termOf(text, start, end, true));
  }

  private add(term: string, start: number, end: number, out: TokenBuffer): void {
    if (term !== '') out.push(term, this.position, start, end);
    this.position++;
  }

  segmentEnd(text: string, start: number): number {
    const first = text.codePointAt(start)!;
    const classes = WORD_BREAK_CLASSES[first]!;
    const base = classes & WORD_BREAK_MASK;
    const after = start + (first > 0xffff ? 2 : 1);
    if ((classes & OTHER_STARTS) !== 0 || ((1 << base) & WORD_STARTS) !== 0) {
      const end = this.breaker.end(text, start);
      this.isWord = this.breaker.isWord || (classes & OTHER_STARTS) !== 0;
      return (classes & COMPLEX_CONTEXT) === 0 ? end : this.complexEnd(text, end);
    }
    // Everything else is passed a code point at a time, so that an emoji after a stray joiner is still found.
    this.isWord = false;
    if (base === REGIONAL_INDICATOR) {
      this.isWord = classAt(text, skipIgnored(text, after)) === REGIONAL_INDICATOR;
      return this.isWord ? this.breaker.end(text, start) : after;
    }
    if (isEmojiModifier(first)) {
      this.isWord = true;
      return after;
    }
    if (first === 0x23 || first === 0x2a) {
      const keycap = text.charCodeAt(after) === 0xfe0f ? after + 1 : after;
      this.isWord = text.charCodeAt(keycap) === ENCLOSING_KEYCAP;
      return this.isWord ? keycap + 1 : after;
    }
    return after;
  }

  private complexEnd(text: string, from: number): number {
    let end = from;
    while (end < text.length && (WORD_BREAK_CLASSES[text.codePointAt(end)!]! & COMPLEX_CONTEXT) !== 0) {
      end = this.breaker.end(text, end);
    }
    return end;
  }
}

function classAt(text: string, at: number): number {
  return at < text.length ? WORD_BREAK_CLASSES[text.codePointAt(at)!]! & WORD_BREAK_MASK : 0;
}

const isEmojiModifier = (code: number): boolean => code >= 0x1f3fb && code <= 0x1f3ff;

function hasLetterOrDigit(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (ASCII_KIND[text.charCodeAt(at)] !== 0) return true;
  return false;
}
