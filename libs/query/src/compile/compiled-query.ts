import type { ByteAutomaton, TermBounds } from '#libs/segment';
import type { BoostMode, DecayNode, Modifier, ScoreMode } from '../query-node.ts';

/**
 * A query with the schema and the analyzers applied: what execution runs over. Plain data, the same on every worker
 * that compiles the same request at the same `now`. Boosts are multiplied down into the leaves.
 *
 * SCORE-1: a document's score is the left-to-right sum over the clauses in the order they stand here (must, then
 * should), whatever order postings are walked in: so any executor, and any split into segments, gives the same bits.
 */
export interface CompiledQuery {
  /** Which documents are hits. */
  readonly root: Clause;
  /** The same before the post filter: what is aggregated, explained and highlighted. Often the very same clause. */
  readonly query: Clause;
  /** The parts of the query that have a name, in the order of the request; a name may stand there twice. */
  readonly named: readonly NamedClause[];
  /** ms since 1970: what `now` meant in this search. */
  readonly now: number;
}

export interface NamedClause {
  readonly name: string;
  readonly clause: Clause;
}

export type Clause =
  | AllClause
  | NoneClause
  | TermClause
  | PhraseClause
  | TermSetClause
  | TermRangeClause
  | TermPatternClause
  | FuzzyClause
  | PhrasePrefixClause
  | NumbersClause
  | ExistsClause
  | IdsClause
  | BoolClause
  | DisMaxClause
  | FunctionScoreClause
  | MinScoreClause;

/** Clauses that give every match the same score, their boost. */
export type ConstantClause =
  AllClause | TermSetClause | TermRangeClause | TermPatternClause | NumbersClause | ExistsClause | IdsClause;

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
  /** Fuzzy search: the document frequency is the largest of these terms', of which this is one. */
  readonly blendTerms?: readonly string[];
}
/** Terms at given distances from the first, in a text field. At least two places. */
export interface PhraseClause {
  readonly kind: 'phrase';
  readonly field: string;
  readonly terms: readonly string[];
  /** One more place behind the terms: any of these. */
  readonly last?: readonly string[];
  /** Position of each place relative to the first one's, ascending; a removed stop word leaves a gap. */
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
/** Any term that an automaton matches: wildcards, regexps, terms and prefixes in any case. */
export interface TermPatternClause {
  readonly kind: 'term_pattern';
  readonly field: string;
  readonly automaton: ByteAutomaton;
  /** For messages: `wildcard "a*b"`. */
  readonly shown: string;
  readonly boost: number;
}
/**
 * Clauses that stand for others until the dictionaries have been read: a task takes the best terms of all its segments (under
 * `dfs` of all there are) and puts a TermClause for each, or a PhraseClause, in their place.
 */
export type ExpandingClause = FuzzyClause | PhrasePrefixClause;
/** The terms nearest to a word, scored by BM25 as if each were as frequent as the most frequent of them. */
export interface FuzzyClause {
  readonly kind: 'fuzzy';
  readonly field: string;
  readonly word: string;
  /** Its mark is the distance + 1. */
  readonly automaton: ByteAutomaton;
  readonly maxExpansions: number;
  readonly boost: number;
}
/** Terms, and behind them any of the first terms that begin with `prefix`. Without terms: any of these. */
export interface PhrasePrefixClause {
  readonly kind: 'phrase_prefix';
  readonly field: string;
  readonly terms: readonly string[];
  readonly prefix: string;
  /** Of the terms and of the prefix, as in PhraseClause. */
  readonly offsets: readonly number[];
  readonly slop: number;
  readonly maxExpansions: number;
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
/** The documents of `clause`, with scores that functions have changed. */
export interface FunctionScoreClause {
  readonly kind: 'function_score';
  readonly clause: Clause;
  /** At least one. */
  readonly functions: readonly ScoreFunctionClause[];
  readonly scoreMode: ScoreMode;
  readonly boostMode: BoostMode;
  readonly maxBoost: number;
  readonly path: string;
}
export interface ScoreFunctionClause {
  readonly filter: Clause | undefined;
  readonly weight: number;
  readonly value: FunctionValue;
  readonly path: string;
}
export type FunctionValue =
  | { readonly kind: 'one' }
  | {
      readonly kind: 'field_value_factor';
      readonly field: string;
      readonly factor: number;
      readonly modifier: Modifier;
      readonly missing: number | undefined;
    }
  | {
      readonly kind: 'decay';
      readonly field: string;
      readonly curve: DecayNode['curve'];
      readonly origin: number;
      readonly scale: number;
      readonly offset: number;
      readonly decay: number;
      readonly multiValueMode: DecayNode['multiValueMode'];
    }
  | { readonly kind: 'random_score'; readonly field: string; readonly seed: number };
/** Those documents of `clause` that score at least so much. The only clause that needs scores to say what matches. */
export interface MinScoreClause {
  readonly kind: 'min_score';
  readonly clause: Clause;
  readonly minScore: number;
}
