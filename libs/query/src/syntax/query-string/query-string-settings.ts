import type { FuzzyOptions, MinimumShouldMatch, MultiMatchType, Operator } from '../../query-node.ts';
import type { FieldBoost } from '../field-boost.ts';

/** How a query string is meant, beside its text. */
export interface QueryStringSettings {
  /** Fields of words without one of their own; empty: all text and keyword fields. */
  readonly fields: readonly FieldBoost[];
  readonly defaultOperator: Operator;
  /** How the fields of a word come together; default best_fields. */
  readonly type?: MultiMatchType;
  readonly tieBreaker?: number;
  /** Of `word~`; a number behind the ~ takes the place of its fuzziness. */
  readonly fuzzy?: FuzzyOptions;
  /** Of phrases without a ~; default 0. */
  readonly phraseSlop?: number;
  /** Of the outermost list. */
  readonly minimumShouldMatch?: MinimumShouldMatch;
  readonly maxDeterminizedStates?: number;
  readonly analyzer?: string;
  readonly lenient?: true;
  /** Wildcards must not begin with one. */
  readonly noLeadingWildcard?: true;
}
