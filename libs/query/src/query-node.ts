/**
 * A query as it was asked: parsed and checked for form, not yet for the schema. Every node has a boost (default 1).
 * `path` says where in the request it stood (`query.bool.must[1].match`), for errors that come later.
 */
export type QueryNode =
  | MatchAllNode
  | MatchNoneNode
  | TermNode
  | TermsNode
  | MatchNode
  | MultiMatchNode
  | MatchPhraseNode
  | RangeNode
  | ExistsNode
  | PrefixNode
  | IdsNode
  | BoolNode
  | DisMaxNode;

interface Node<T extends string> {
  readonly type: T;
  readonly boost: number;
  readonly path: string;
}
export type Scalar = string | number | boolean;
export type Operator = 'and' | 'or';
/** Elasticsearch's forms: 2, "2", "-1", "75%", "-25%", "2<75%"; kept as written, resolved against the clause count. */
export type MinimumShouldMatch = string | number;

export type MatchAllNode = Node<'match_all'>;
export type MatchNoneNode = Node<'match_none'>;
export interface TermNode extends Node<'term'> {
  readonly field: string;
  readonly value: Scalar;
}
export interface TermsNode extends Node<'terms'> {
  readonly field: string;
  readonly values: readonly Scalar[];
}
export interface MatchNode extends Node<'match'> {
  readonly field: string;
  readonly query: Scalar;
  readonly operator: Operator;
  readonly minimumShouldMatch?: MinimumShouldMatch;
}
export interface MultiMatchNode extends Node<'multi_match'> {
  /** Names or patterns with `*`; empty: all text and keyword fields of the schema. */
  readonly fields: readonly { readonly field: string; readonly boost: number }[];
  readonly query: Scalar;
  /** `prefix`: the whole query is the start of one word; lower-cased for text fields, as it stands for keyword fields. */
  readonly mode: 'best_fields' | 'most_fields' | 'cross_fields' | 'phrase' | 'prefix';
  readonly operator: Operator;
  readonly tieBreaker: number;
  /** Of mode `phrase`, as in MatchPhraseNode; default 0. */
  readonly slop?: number;
  readonly minimumShouldMatch?: MinimumShouldMatch;
}
export interface MatchPhraseNode extends Node<'match_phrase'> {
  readonly field: string;
  readonly query: Scalar;
  readonly slop: number;
}
export interface RangeNode extends Node<'range'> {
  readonly field: string;
  readonly gt?: Scalar;
  readonly gte?: Scalar;
  readonly lt?: Scalar;
  readonly lte?: Scalar;
}
export interface ExistsNode extends Node<'exists'> {
  readonly field: string;
}
export interface PrefixNode extends Node<'prefix'> {
  readonly field: string;
  readonly value: string;
}
export interface IdsNode extends Node<'ids'> {
  readonly values: readonly string[];
}
export interface BoolNode extends Node<'bool'> {
  readonly must: readonly QueryNode[];
  readonly should: readonly QueryNode[];
  readonly mustNot: readonly QueryNode[];
  readonly filter: readonly QueryNode[];
  readonly minimumShouldMatch?: MinimumShouldMatch;
}
export interface DisMaxNode extends Node<'dis_max'> {
  readonly queries: readonly QueryNode[];
  readonly tieBreaker: number;
}
