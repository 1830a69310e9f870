/** A part of a query string, with where it starts and ends (UTF-16 offsets, end exclusive). */
export type Token = TokenContent & { readonly start: number; readonly end: number };

export type TokenContent =
  /** A wildcard's text has its ordinary `*`, `?` and `\` escaped. */
  | { readonly kind: 'word' | 'prefix' | 'wildcard' | 'regexp'; readonly text: string }
  | { readonly kind: 'fuzzy'; readonly text: string; readonly edits: 0 | 1 | 2 | undefined }
  | { readonly kind: 'phrase'; readonly text: string; readonly slop: number }
  | { readonly kind: 'range'; readonly lower: RangeEnd | undefined; readonly upper: RangeEnd | undefined }
  | { readonly kind: 'compare'; readonly sign: '>' | '>=' | '<' | '<=' }
  | { readonly kind: 'boost'; readonly factor: number }
  | { readonly kind: 'star' | 'and' | 'or' | 'not' | 'plus' | 'minus' | 'open' | 'close' | 'colon' | 'end' };

/** One end of a range; an open one (`*`) is undefined. */
export interface RangeEnd {
  readonly value: string;
  readonly inclusive: boolean;
}
