import { ByteWriter, crc32 } from '#libs/kernel';
import type { DictionaryWriter } from '../dictionary/dictionary-writer.ts';
import type { FieldType } from '../field-spec.ts';
import type { IdIndexWriter } from '../ids/id-index-writer.ts';
import { FORMAT_VERSION, MAGIC } from '../layout.ts';
import type { StoredWriter } from '../stored/stored-writer.ts';
import { FIELD_TYPE_CODES, SECTION_KINDS, type Section } from './section.ts';

/** A field as the footer has it. */
export interface WrittenField {
  readonly name: string;
  readonly type: FieldType;
  readonly docCount: number;
  readonly tokenCount: number;
  readonly termCount: number;
  /** Of text and keyword fields. */
  readonly dictionary: Pick<DictionaryWriter, 'index' | 'reach'> | undefined;
}

/** The footer with its trailer: what one range read opens a segment with (FORMAT.md, "Footer"). */
export function encodeFooter(
  docCount: number,
  sections: readonly Section[],
  fields: readonly WrittenField[],
  stored: StoredWriter,
  ids: IdIndexWriter,
): Uint8Array {
  const out = new ByteWriter(4096).varint(docCount).varint(sections.length);
  for (const { kind, field, length, crc32: crc } of sections) {
    out
      .u8(SECTION_KINDS[kind])
      .varint(field + 1)
      .varint(length)
      .u32(crc);
  }
  stored.writeIndexTo(out);
  out.varint(ids.idCount);
  ids.index.writeTo(out);
  out.varint(fields.length);
  for (const field of fields) {
    out.string(field.name).u8(FIELD_TYPE_CODES.indexOf(field.type)).varint(field.docCount);
    if (!field.dictionary) continue;
    out.varint(field.tokenCount).varint(field.termCount);
    field.dictionary.index.writeTo(out);
    field.dictionary.reach.writeTo(out);
  }
  const length = out.length;
  out.u32(length).u32(FORMAT_VERSION);
  return out.u32(crc32(out.view())).u32(MAGIC).toBytes();
}
