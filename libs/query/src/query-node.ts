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
  | WildcardNode
  | RegexpNode
  | FuzzyNode
  | MatchPhrasePrefixNode
  | MatchBoolPrefixNode
  | IdsNode
  | BoolNode
  | DisMaxNode
  | FunctionScoreNode;

interface Node<T extends string> {
  readonly type: T;
  readonly boost: number;
  readonly path: string;
  /** `_name`: hits say whether they match it. */
  readonly name?: string;
}
export type Scalar = string | number | boolean;
export type Operator = 'and' | 'or';
/** Elasticsearch's forms: 2, "2", "-1", "75%", "-25%", "2<75%"; kept as written, resolved against the clause count. */
export type MinimumShouldMatch = string | number;

/** AUTO: none up to 2 characters, 1 up to 5, then 2; `AUTO:3,6` says where 1 and 2 begin. */
export type Fuzziness = 0 | 1 | 2 | 'AUTO' | `AUTO:${number},${number}`;
export interface FuzzyOptions {
  readonly fuzziness: Fuzziness;
  /** Characters at the beginning that must be the same. */
  readonly prefixLength: number;
  /** How many terms a word may stand for: the nearest. */
  readonly maxExpansions: number;
  /** Whether two neighbours that have changed places are one edit. */
  readonly transpositions: boolean;
}
/** How the words of a query text are made, and what happens without any. */
export interface TextOptions {
  /** Instead of the field's own. */
  readonly analyzer?: string;
  /** A text without words finds all documents instead of none. */
  readonly zeroTerms?: 'all';
  /** A value that the field cannot hold finds nothing instead of being an error. */
  readonly lenient?: true;
}

export type MatchAllNode = Node<'match_all'>;
export type MatchNoneNode = Node<'match_none'>;
export interface TermNode extends Node<'term'> {
  readonly field: string;
  readonly value: Scalar;
  readonly caseInsensitive?: true;
}
export interface TermsNode extends Node<'terms'> {
  readonly field: string;
  readonly values: readonly Scalar[];
}
export interface MatchNode extends Node<'match'>, TextOptions {
  readonly field: string;
  readonly query: Scalar;
  readonly operator: Operator;
  readonly minimumShouldMatch?: MinimumShouldMatch;
  readonly fuzzy?: FuzzyOptions;
}
/** All words as in a match, the last one as a prefix. */
export interface MatchBoolPrefixNode extends Node<'match_bool_prefix'>, TextOptions {
  readonly field: string;
  readonly query: Scalar;
  readonly operator: Operator;
  readonly minimumShouldMatch?: MinimumShouldMatch;
  /** Of all words but the last. */
  readonly fuzzy?: FuzzyOptions;
}
export interface MultiMatchNode extends Node<'multi_match'>, TextOptions {
  /** Names or patterns with `*`; empty: all text and keyword fields of the schema. */
  readonly fields: readonly { readonly field: string; readonly boost: number }[];
  readonly query: Scalar;
  /** A WordMode takes the whole query for one word: in the case of a text field's words, as it stands for keyword fields. */
  readonly mode: MultiMatchType | WordMode;
  readonly operator: Operator;
  readonly tieBreaker: number;
  /** Of the modes `phrase` and `phrase_prefix`, as in MatchPhraseNode; default 0. */
  readonly slop?: number;
  readonly minimumShouldMatch?: MinimumShouldMatch;
  readonly fuzzy?: FuzzyOptions;
  /** Of the mode `phrase_prefix`; default 50. */
  readonly maxExpansions?: number;
  /** Of the mode `regexp`. */
  readonly maxDeterminizedStates?: number;
}
export type MultiMatchType =
  'best_fields' | 'most_fields' | 'cross_fields' | 'phrase' | 'phrase_prefix' | 'bool_prefix';
export type WordMode = 'prefix' | 'wildcard' | 'regexp' | 'fuzzy';
export interface MatchPhraseNode extends Node<'match_phrase'>, TextOptions {
  readonly field: string;
  readonly query: Scalar;
  readonly slop: number;
}
/** A phrase whose last word is only begun. */
export interface MatchPhrasePrefixNode extends Node<'match_phrase_prefix'>, TextOptions {
  readonly field: string;
  readonly query: Scalar;
  readonly slop: number;
  /** How many terms the last word may stand for: the first in order. */
  readonly maxExpansions: number;
}
export interface RangeNode extends Node<'range'> {
  readonly field: string;
  readonly gt?: Scalar;
  readonly gte?: Scalar;
  readonly lt?: Scalar;
  readonly lte?: Scalar;
  /** How dates are written, as in docs/QUERY.md; default ISO 8601. */
  readonly format?: string;
  /** Of dates without an offset, and of rounding; default UTC. */
  readonly timeZone?: string;
  /** A value that the field cannot hold finds nothing instead of being an error. */
  readonly lenient?: true;
}
export interface ExistsNode extends Node<'exists'> {
  readonly field: string;
}
export interface PrefixNode extends Node<'prefix'> {
  readonly field: string;
  readonly value: string;
  readonly caseInsensitive?: true;
}
/** `*` any characters, `?` any one, `\` before what stands for itself. */
export interface WildcardNode extends Node<'wildcard'> {
  readonly field: string;
  readonly value: string;
  readonly caseInsensitive?: true;
}
/** Lucene's syntax, over whole terms. */
export interface RegexpNode extends Node<'regexp'> {
  readonly field: string;
  readonly value: string;
  /** The optional operators that are in force; default all. */
  readonly operators?: readonly RegexpOperator[];
  readonly caseInsensitive?: true;
  readonly maxDeterminizedStates?: number;
}
export type RegexpOperator = 'complement' | 'empty' | 'interval' | 'intersection' | 'anystring';
/** Terms at some edits' distance from the value. */
export interface FuzzyNode extends Node<'fuzzy'> {
  readonly field: string;
  readonly value: Scalar;
  readonly fuzzy: FuzzyOptions;
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
export interface FunctionScoreNode extends Node<'function_score'> {
  readonly query: QueryNode;
  /** Empty: the query's own score. */
  readonly functions: readonly ScoreFunctionNode[];
  readonly scoreMode: ScoreMode;
  readonly boostMode: BoostMode;
  /** The functions together count no more than this. */
  readonly maxBoost?: number;
  /** Documents that score less do not match. */
  readonly minScore?: number;
}
/** How the values of several functions become one. */
export type ScoreMode = 'multiply' | 'sum' | 'avg' | 'first' | 'max' | 'min';
/** How that one and the query's score become the score. */
export type BoostMode = 'multiply' | 'replace' | 'sum' | 'avg' | 'max' | 'min';

export interface ScoreFunctionNode {
  readonly path: string;
  /** Which documents it speaks for; undefined: all. */
  readonly filter?: QueryNode;
  readonly weight: number;
  /** Undefined: 1, so that the weight alone counts. */
  readonly value?: FieldValueFactorNode | DecayNode | RandomScoreNode;
}
export const MODIFIERS = [
  'none',
  'log',
  'log1p',
  'log2p',
  'ln',
  'ln1p',
  'ln2p',
  'square',
  'sqrt',
  'reciprocal',
] as const;
export type Modifier = (typeof MODIFIERS)[number];
export interface FieldValueFactorNode {
  readonly type: 'field_value_factor';
  readonly field: string;
  readonly factor: number;
  readonly modifier: Modifier;
  readonly missing?: number;
}
export interface DecayNode {
  readonly type: 'decay';
  readonly curve: 'gauss' | 'exp' | 'linear';
  readonly field: string;
  /** Of a date field: a date; default now. */
  readonly origin?: Scalar;
  /** Of a date field: a duration, as in "10d"; so is the offset. */
  readonly scale: string | number;
  readonly offset: string | number;
  readonly decay: number;
  readonly multiValueMode: 'min' | 'max' | 'avg' | 'sum';
}
export interface RandomScoreNode {
  readonly type: 'random_score';
  /** Undefined: another order in every search. */
  readonly seed?: string;
  /** What the numbers are drawn from; `_id` or a number or date field. */
  readonly field: string;
}
