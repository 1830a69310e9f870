import type { DeletedDocs, FieldSpec, SegmentReader } from '#libs/segment';
import type { Analyzer } from '#libs/analysis';

/** The fields a query may speak of, and how their text is analyzed. libs/index has the schema that implements it. */
export interface QuerySchema {
  field(name: string): FieldSpec | undefined;
  fieldNames(): string[];
  analyzer(name: string): Analyzer;
  /** What a keyword field's `normalizer` does to a value. Needed where a field names one. */
  normalizer?(name: string): (text: string) => string;
}

/** One segment to search, opened. */
export interface SearchableSegment {
  readonly id: string;
  readonly reader: SegmentReader;
  readonly deleted: DeletedDocs | undefined;
}
