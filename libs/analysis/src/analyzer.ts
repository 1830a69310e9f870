import type { WordBatch } from './words/word-batch.ts';

/**
 * Text → tokens. Pure and deterministic: the same name and version give the same tokens for ever, because tokens are
 * what a segment on disk is made of. A change of behaviour is a new `version`.
 */
export interface Analyzer {
  readonly name: string;
  readonly version: number;
  /** Replaces the content of `out` with the tokens of `text`. Allocates nothing but the terms' strings. */
  analyze(text: string, out: TokenBuffer): void;
  /**
   * As `analyze`, for a query: alternatives of several words (synonyms) keep to paths of their own, which `lengths` tell, and
   * a removed word of such a path is a token with the term ''. Absent where it would give what `analyze` gives.
   */
  analyzeGraph?(text: string, out: TokenBuffer): void;
  /** The same tokens without a string for each, where they are words of the text one by one: how segments are built fast. */
  readonly words?: WordAnalysis;
}

/** A word takes one position; its term is what `analyze` would give, or none. */
export interface WordAnalysis {
  /**
   * Replaces the content of `out` by the words that begin at `from` or later, as far as it goes.
   * @returns where the next batch begins; all has been read when that is text.length
   */
  scan(text: string, from: number, out: WordBatch): number;
  /** The term of a word, '' where it is left out (its position stays as a gap). Pure. Absent where words are their own terms. */
  readonly termFor: ((word: string) => string) | undefined;
}

/**
 * The tokens of one text as parallel arrays, reused from text to text. Valid up to `length` until the next `analyze`.
 * Positions start at 0 and rise by 1 a word; a removed word (a stop word) leaves a gap, and words that stand for the same
 * place (a synonym and its word) share a position. They never fall.
 */
export class TokenBuffer {
  length = 0;
  readonly terms: string[] = [];
  positions = new Int32Array(1024);
  /** UTF-16 offsets into the text: [start, end). */
  starts = new Int32Array(1024);
  ends = new Int32Array(1024);
  /** How many positions on the next word of its path stands: 1, but for alternatives of several words in `analyzeGraph`. */
  lengths = new Int32Array(1024);

  clear(): void {
    this.length = 0;
  }

  push(term: string, position: number, start: number, end: number, length = 1): void {
    const at = this.length;
    if (at === this.positions.length) this.grow();
    this.terms[at] = term;
    this.positions[at] = position;
    this.starts[at] = start;
    this.ends[at] = end;
    this.lengths[at] = length;
    this.length = at + 1;
  }

  /** Token `at` of another buffer, with another term. */
  pushFrom(other: TokenBuffer, at: number, term: string): void {
    this.push(term, other.positions[at]!, other.starts[at]!, other.ends[at]!, other.lengths[at]);
  }

  private grow(): void {
    const size = this.positions.length * 2;
    const widen = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size);
      grown.set(old);
      return grown;
    };
    this.positions = widen(this.positions);
    this.starts = widen(this.starts);
    this.ends = widen(this.ends);
    this.lengths = widen(this.lengths);
  }
}

/** A term longer than this many UTF-8 bytes is cut by the analyzers (Lucene skips at 32,766 bytes; we cut far below). */
export const MAX_TERM_BYTES = 1024;
