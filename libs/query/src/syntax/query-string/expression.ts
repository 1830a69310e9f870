import type { RangeEnd } from './token.ts';

/** A query string as its grammar sees it, before fields and defaults are applied. `at` is an offset into the text. */
export type Expression = ExpressionContent & { readonly at: number };

export type ExpressionContent =
  | { readonly kind: 'word' | 'prefix' | 'wildcard' | 'regexp'; readonly text: string }
  /** `edits` undefined: `word~` */
  | { readonly kind: 'fuzzy'; readonly text: string; readonly edits: 0 | 1 | 2 | undefined }
  | { readonly kind: 'phrase'; readonly text: string; readonly slop: number }
  | { readonly kind: 'range'; readonly lower: RangeEnd | undefined; readonly upper: RangeEnd | undefined }
  /** `*`: any value of the field it is applied to; every document where there is none. */
  | { readonly kind: 'any' }
  /** `*:*` */
  | { readonly kind: 'all' }
  | { readonly kind: 'field'; readonly field: string; readonly of: Expression }
  | { readonly kind: 'boost'; readonly factor: number; readonly of: Expression }
  | { readonly kind: 'list'; readonly clauses: readonly Clause[] };

export interface Clause {
  readonly occur: 'must' | 'should' | 'must_not';
  readonly of: Expression;
}
