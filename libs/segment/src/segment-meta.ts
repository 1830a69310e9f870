import type { FieldType } from './field-spec.ts';

/** What a manifest keeps of a segment, so that opening it is one range read and many queries can skip it unopened. */
export interface SegmentMeta {
  readonly docCount: number;
  readonly bytes: number;
  readonly footer: { readonly offset: number; readonly length: number };
  readonly fields: Readonly<Record<string, SegmentFieldMeta>>;
  /** Smallest and largest `_id`, by code points. */
  readonly minId: string;
  readonly maxId: string;
  /** Documents of this segment that a later document of this segment replaces (same `_id`), ascending. */
  readonly superseded: readonly number[];
}

export interface SegmentFieldMeta {
  readonly type: FieldType;
  /** Documents with at least one value (for text: one token). */
  readonly docCount: number;
  /** Text fields: tokens in all documents. Average length = tokenCount / docCount, as in Lucene. */
  readonly tokenCount?: number;
  /** Numeric and date columns: the zone map of the whole segment. */
  readonly min?: number;
  readonly max?: number;
}
