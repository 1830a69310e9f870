import { ByteReader, QuarryError, corrupt, crc32 } from '#libs/kernel';
import { BlockIndex } from '../dictionary/block-index.ts';
import { BlockReach } from '../dictionary/block-reach.ts';
import type { FieldType } from '../field-spec.ts';
import {
  FIRST_VERSION_WITH_REACH,
  FORMAT_VERSION,
  HEADER_BYTES,
  MAGIC,
  OLDEST_FORMAT_VERSION,
  SECTION_ALIGNMENT,
  TRAILER_BYTES,
} from '../layout.ts';
import { StoredIndex } from '../stored/stored-index.ts';
import { inRange } from '../unit.ts';
import { utf8Text } from '../utf8.ts';
import { FIELD_TYPE_CODES, SECTION_KINDS, type Section, type SectionKind } from './section.ts';

export interface FooterField {
  readonly name: string;
  readonly type: FieldType;
  readonly docCount: number;
  readonly tokenCount: number;
  readonly termCount: number;
  readonly dictionary: BlockIndex | undefined;
  /** Undefined also in segments of an early version. */
  readonly reach: BlockReach | undefined;
  readonly sections: ReadonlyMap<SectionKind, Section>;
}

export interface Footer {
  /** Of the format. */
  readonly version: number;
  readonly docCount: number;
  readonly sections: readonly Section[];
  readonly stored: StoredIndex;
  readonly ids: BlockIndex;
  readonly ranks: Section;
  readonly fields: ReadonlyMap<string, FooterField>;
}

const kinds = new Map(Object.entries(SECTION_KINDS).map(([kind, code]) => [code as number, kind as SectionKind]));

/** @param bytes the footer with its trailer @param offset where it begins in the object. Throws `corrupt`. */
export function decodeFooter(bytes: Uint8Array, offset: number): Footer {
  const { end, version } = checkTrailer(bytes);
  const reader = new ByteReader(bytes, 0, end);
  const docCount = inRange(reader.varint(), 1, 0x7fff_fffe, 'the number of documents');
  const sections = readSections(reader, offset);
  const grouped = byField(sections);
  const own = grouped.get(-1) ?? new Map<SectionKind, Section>();
  const stored = new StoredIndex(reader, need(own, 'stored'), docCount);
  const ids = need(own, 'ids');
  const idCount = inRange(reader.varint(), 1, docCount, 'the number of ids');
  const idIndex = BlockIndex.read(reader, ids.offset, ids.length, idCount);
  const ranks = need(own, 'ranks');
  inRange(ranks.length, docCount * (docCount <= 0x1_0000 ? 2 : 4), Infinity, 'the length of the id ranks');

  const fields = new Map<string, FooterField>();
  const count = inRange(reader.varint(), 0, reader.remaining / 3, 'the number of fields');
  for (let number = 0; number < count; number++) {
    const field = readField(reader, version, docCount, grouped.get(number) ?? new Map<SectionKind, Section>());
    fields.set(field.name, field);
  }
  if (reader.remaining > 0) throw corrupt(`the footer has ${reader.remaining} bytes too many`);
  return { version, docCount, sections, stored, ids: idIndex, ranks, fields };
}

/** @returns where the trailer begins, and the format's version */
function checkTrailer(bytes: Uint8Array): { end: number; version: number } {
  const end = bytes.length - TRAILER_BYTES;
  if (end < 0) throw corrupt(`a footer of ${bytes.length} bytes is too short`);
  const trailer = new ByteReader(bytes, end);
  const length = trailer.u32();
  const version = trailer.u32();
  const crc = trailer.u32();
  const magic = trailer.u32();
  if (magic !== MAGIC) throw corrupt('this is not a segment: its last four bytes are not QSEG');
  if (crc32(bytes.subarray(0, end + 8)) !== crc) throw corrupt('the footer fails its checksum');
  if (length !== end) throw corrupt(`the footer is ${end} bytes long instead of ${length}`);
  if (version < OLDEST_FORMAT_VERSION || version > FORMAT_VERSION) {
    const advice =
      version < FORMAT_VERSION ? 'an earlier version wrote it; index the documents again' : 'upgrade this reader';
    throw new QuarryError(
      'corrupt',
      `segment format ${version} is not ${OLDEST_FORMAT_VERSION} … ${FORMAT_VERSION}: ${advice}`,
      {
        code: 'unsupported_segment_format',
        details: { version },
      },
    );
  }
  return { end, version };
}

function readSections(reader: ByteReader, footerOffset: number): Section[] {
  const sections: Section[] = [];
  const count = inRange(reader.varint(), 3, reader.remaining / 7, 'the number of sections');
  let offset = HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    const code = reader.u8();
    const kind = kinds.get(code);
    if (!kind) throw corrupt(`section ${i} has the unknown kind ${code}`);
    const field = reader.varint() - 1;
    const length = inRange(reader.varint(), 0, footerOffset - offset, 'a section’s length');
    if (length % SECTION_ALIGNMENT !== 0) throw corrupt(`section ${i} is ${length} bytes long, not a multiple of 8`);
    sections.push({ kind, field, offset, length, crc32: reader.u32() });
    offset += length;
  }
  if (offset !== footerOffset) throw corrupt(`the sections end at ${offset}, and the footer begins at ${footerOffset}`);
  return sections;
}

/** By field, and by kind within it: a segment may have ten thousand fields. */
function byField(sections: readonly Section[]): Map<number, Map<SectionKind, Section>> {
  const fields = new Map<number, Map<SectionKind, Section>>();
  for (const section of sections) {
    const kindsOfField = fields.get(section.field) ?? new Map<SectionKind, Section>();
    fields.set(section.field, kindsOfField.set(section.kind, section));
  }
  return fields;
}

function need(sections: ReadonlyMap<SectionKind, Section>, kind: SectionKind): Section {
  const section = sections.get(kind);
  if (!section) throw corrupt(`the section ${kind} is missing`);
  return section;
}

function readField(
  reader: ByteReader,
  version: number,
  docCount: number,
  sections: ReadonlyMap<SectionKind, Section>,
): FooterField {
  const name = utf8Text(reader.bytes(reader.varint()));
  const code = reader.u8();
  const type = FIELD_TYPE_CODES[code];
  if (!type) throw corrupt(`field "${name}" has the unknown type ${code}`);
  const field = { name, type, docCount: inRange(reader.varint(), 1, docCount, 'a field’s documents'), sections };
  if (type !== 'text') need(sections, 'column');
  if (type !== 'text' && type !== 'keyword')
    return { ...field, tokenCount: 0, termCount: 0, dictionary: undefined, reach: undefined };
  const tokenCount = reader.varint();
  const termCount = reader.varint();
  const section = need(sections, 'dictionary');
  const postings = need(sections, 'postings');
  const positions = need(sections, 'positions');
  if (type === 'text') need(sections, 'norms');
  const dictionary = BlockIndex.read(reader, section.offset, section.length, termCount);
  const reach =
    version < FIRST_VERSION_WITH_REACH
      ? undefined
      : BlockReach.read(reader, dictionary.length, postings, type === 'text' ? positions : undefined);
  return { ...field, tokenCount, termCount, dictionary, reach };
}
