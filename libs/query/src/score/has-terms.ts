import type { SegmentReader } from '#libs/segment';

/** Whether the segment has a dictionary for the field. */
export function hasTerms(reader: SegmentReader, field: string): boolean {
  const type = reader.field(field)?.type;
  return type === 'text' || type === 'keyword';
}
