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
  /** Of a text field; default `standard`. */
  readonly analyzer?: string;
  /** Of a keyword field: longer values (in UTF-16 units) are kept in `_source` but not indexed. Default 8191. */
  readonly ignoreAbove?: number;
  /** The field whose values this one takes too (`title.keyword` takes those of `title`): a multi-field. */
  readonly source?: string;
  /** Made by the dynamic schema, so its type may still widen from long to double. */
  readonly dynamic?: boolean;
}
