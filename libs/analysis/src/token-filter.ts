import type { TokenBuffer } from './analyzer.ts';
import type { TermFunction } from './terms/remembered.ts';

/** Changes each term by itself, or leaves it out with ''. */
export interface TermFilter {
  readonly kind: 'terms';
  readonly term: TermFunction;
  /** The plain lower-casing, which the standard tokenizer does by itself. */
  readonly isLowerCase?: boolean;
}

/** Reads all tokens of `input` and appends to `output`, which is empty. */
export type Rewrite = (input: TokenBuffer, output: TokenBuffer) => void;

/** Sees the tokens of a text together: adds, removes or joins some. */
export interface TokensFilter {
  readonly kind: 'tokens';
  readonly rewrite: Rewrite;
  /** For queries (Analyzer.analyzeGraph), where it differs. */
  readonly rewriteGraph?: Rewrite;
}

export type TokenFilter = TermFilter | TokensFilter;

export interface Tokenizer {
  /** Replaces the content of `out`. Terms are as they stand in the text. */
  tokenize(text: string, out: TokenBuffer): void;
  /** It cuts words as the standard tokenizer does, so that one which lower-cases in passing may take its place. */
  readonly isStandard?: boolean;
}

/** A text after a character filter, and where its characters came from. */
export interface FilteredText {
  readonly text: string;
  /** From an offset in the new text to the one in the old; `isEnd` of the end of a token. Monotonic. */
  original(offset: number, isEnd: boolean): number;
}

export type CharFilter = (text: string) => FilteredText;
