import type { TermBounds } from '#libs/segment';

/**
 * A query with the schema and the analyzers applied: what execution runs over. Plain data, the same on every worker
 * that compiles the same request at the same `now`. Boosts are multiplied down into the leaves.
 *
 * SCORE-1: a document's score is the left-to-right sum over the clauses in the order they stand here (must, then
 * should), whatever order postings are walked in: so any executor, and any split into segments, gives the same bits.
 */
export interface CompiledQuery {
  readonly root: Clause;
  /** ms since 1970: what `now` meant in this search. */
  readonly now: number;
}

export type Clause =
  | AllClause
  | NoneClause
  | TermClause
  | PhraseClause
  | TermSetClause
  | TermRangeClause
  | NumbersClause
  | ExistsClause
  | IdsClause
  | BoolClause
  | DisMaxClause;

/** Clauses that give every match the same score, their boost. */
export type ConstantClause = AllClause | TermSetClause | TermRangeClause | NumbersClause | ExistsClause | IdsClause;

export interface AllClause {
  readonly kind: 'all';
  readonly boost: number;
}
export interface NoneClause {
  readonly kind: 'none';
}
/** One term of a text or keyword field, scored by BM25 (a keyword's length norm is 1). */
export interface TermClause {
  readonly kind: 'term';
  readonly field: string;
  readonly term: string;
  readonly boost: number;
  /** cross_fields: the document frequency is the largest that the term has in any of these fields. */
  readonly blend?: readonly string[];
}
/** Terms at given distances from the first, in a text field. At least two terms. */
export interface PhraseClause {
  readonly kind: 'phrase';
  readonly field: string;
  readonly terms: readonly string[];
  /** Position of each term relative to the first one's, ascending; a removed stop word leaves a gap. */
  readonly offsets: readonly number[];
  readonly slop: number;
  readonly boost: number;
}
/** Any of these terms. */
export interface TermSetClause {
  readonly kind: 'term_set';
  readonly field: string;
  readonly terms: readonly string[];
  readonly boost: number;
}
/** Any term within bounds: prefix, and range over text and keyword fields. */
export interface TermRangeClause {
  readonly kind: 'term_range';
  readonly field: string;
  readonly bounds: TermBounds;
  readonly boost: number;
}
/** Any value within one of the ranges, both ends included; disjoint, ascending. */
export interface NumbersClause {
  readonly kind: 'numbers';
  readonly field: string;
  readonly ranges: readonly NumberRange[];
  readonly boost: number;
}
export interface NumberRange {
  readonly min: number;
  readonly max: number;
}
export interface ExistsClause {
  readonly kind: 'exists';
  readonly field: string;
  readonly boost: number;
}
export interface IdsClause {
  readonly kind: 'ids';
  readonly ids: readonly string[];
  readonly boost: number;
}
/** At least one of must, should and filter is not empty. */
export interface BoolClause {
  readonly kind: 'bool';
  readonly must: readonly Clause[];
  readonly should: readonly Clause[];
  readonly filter: readonly Clause[];
  readonly mustNot: readonly Clause[];
  /** 0 … should.length; at least 1 when must and filter are empty. */
  readonly minimumShouldMatch: number;
}
export interface DisMaxClause {
  readonly kind: 'dis_max';
  readonly clauses: readonly Clause[];
  readonly tieBreaker: number;
}
