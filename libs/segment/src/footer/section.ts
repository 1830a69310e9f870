/** The kinds of sections and their numbers in the footer. Numbers are never used again for something else. */
export const SECTION_KINDS = {
  stored: 1,
  dictionary: 2,
  postings: 3,
  positions: 4,
  norms: 5,
  column: 6,
  ids: 7,
  ranks: 8,
} as const;

export type SectionKind = keyof typeof SECTION_KINDS;

/** A part of the object; sections follow each other without gaps from the header to the footer. */
export interface Section {
  readonly kind: SectionKind;
  /** Number of the field, -1 for those of the whole segment. */
  readonly field: number;
  readonly offset: number;
  /** With padding; a multiple of SECTION_ALIGNMENT. */
  readonly length: number;
  readonly crc32: number;
}

/** The fields' types in the footer: places in this list. New ones are added at its end. */
export const FIELD_TYPE_CODES = ['text', 'keyword', 'long', 'double', 'boolean', 'date'] as const;
