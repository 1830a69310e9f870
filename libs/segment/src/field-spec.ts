/** The type of a field: what may stand in it and what a segment keeps of it. */
export type FieldType =
  /** Analyzed words: dictionary, postings with positions, norms. No column: not for sorting or aggregating. */
  | 'text'
  /** One exact string: dictionary, postings, ordinal column. */
  | 'keyword'
  /** Integer from -(2^53-1) to 2^53-1: column. */
  | 'long'
  /** IEEE 754 double: column. */
  | 'double'
  /** Column of 0 and 1. */
  | 'boolean'
  /** ms since 1970, UTC: column. */
  | 'date';

export const FIELD_TYPES: readonly FieldType[] = ['text', 'keyword', 'long', 'double', 'boolean', 'date'];

export interface FieldSpec {
  readonly type: FieldType;
  /** Of a text field: built in, or of the index's settings. Default `standard`. */
  readonly analyzer?: string;
  /** Of a text field: the analyzer of queries, where it is not `analyzer`. */
  readonly searchAnalyzer?: string;
  /** Of a keyword field: what is done to each value before it is indexed, and to the values of queries. */
  readonly normalizer?: string;
  /** Of a keyword field: longer values (in UTF-16 units) are kept in `_source` but not indexed. Default 8191. */
  readonly ignoreAbove?: number;
  /** The field whose values this one takes too (`title.keyword` takes those of `title`): a multi-field. */
  readonly source?: string;
  /** Fields that take this one's values too; theirs are not copied further. */
  readonly copyTo?: readonly string[];
  /** What null counts as; without it null is no value. */
  readonly nullValue?: string | number | boolean;
  /** False: its values are checked and kept in `_source` alone, and no query may ask for them. */
  readonly index?: false;
  /** A value that does not fit is left in `_source` and not indexed, instead of refusing the document. */
  readonly ignoreMalformed?: true;
  /**
   * Of a long or double field. True: fractions are cut off for a long. False: numbers in strings are refused. Without it numbers in
   * strings are numbers, and a fraction does not fit a long.
   */
  readonly coerce?: boolean;
  /** Of a date field: the formats of its strings and numbers, `||` between them. Default `strict_date_optional_time||epoch_millis`. */
  readonly format?: string;
  /** Made by the dynamic schema, so its type may still widen from long to double. */
  readonly dynamic?: boolean;
}
