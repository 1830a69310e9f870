/**
 * Text → tokens. Pure and deterministic: the same name and version give the same tokens for ever, because tokens are
 * what a segment on disk is made of. A change of behaviour is a new `version`.
 */
export interface Analyzer {
  readonly name: string;
  readonly version: number;
  /** Replaces the content of `out` with the tokens of `text`. Allocates nothing but the terms' strings. */
  analyze(text: string, out: TokenBuffer): void;
}

/**
 * The tokens of one text as parallel arrays, reused from text to text. Valid up to `length` until the next `analyze`.
 * Positions start at 0 and rise by 1 a word; a removed word (a stop word) leaves a gap.
 */
export class TokenBuffer {
  length = 0;
  readonly terms: string[] = [];
  positions = new Int32Array(1024);
  /** UTF-16 offsets into the text: [start, end). */
  starts = new Int32Array(1024);
  ends = new Int32Array(1024);

  clear(): void {
    this.length = 0;
  }

  push(term: string, position: number, start: number, end: number): void {
    const at = this.length;
    if (at === this.positions.length) this.grow();
    this.terms[at] = term;
    this.positions[at] = position;
    this.starts[at] = start;
    this.ends[at] = end;
    this.length = at + 1;
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
  }
}

/** A term longer than this many UTF-8 bytes is cut by the analyzers (Lucene skips at 32,766 bytes; we cut far below). */
export const MAX_TERM_BYTES = 1024;
