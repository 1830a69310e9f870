import { ByteWriter, type Yielder } from '#libs/kernel';
import type { FieldType } from '../field-spec.ts';
import { type WrittenField, encodeFooter } from '../footer/footer-writer.ts';
import type { Section, SectionKind } from '../footer/section.ts';
import { IdIndexWriter } from '../ids/id-index-writer.ts';
import { encodeIdRanks } from '../ids/id-ranks.ts';
import { FORMAT_VERSION, HEADER_BYTES, MAGIC, SECTION_ALIGNMENT } from '../layout.ts';
import type { FinishedSection } from '../memory/section-writer.ts';
import { sortedOrder } from '../memory/sorted-order.ts';
import type { BuiltSegment } from '../segment-builder.ts';
import type { SegmentFieldMeta } from '../segment-meta.ts';
import type { StoredWriter } from '../stored/stored-writer.ts';
import { encodedChunks } from './encoded-chunks.ts';
import type { EncodedField, FieldWriter } from './field-writer.ts';
import { wholeSection } from './whole-section.ts';

export interface NamedField {
  readonly name: string;
  readonly type: FieldType;
  readonly writer: FieldWriter;
}

export interface BuiltParts {
  /** By document. */
  readonly ids: readonly string[];
  readonly stored: StoredWriter;
  readonly fields: NamedField[];
}

const STRIDE = 1024;

/**
 * Puts a segment together: encodes field after field (letting go of each), then the ids, then the footer. What most
 * queries read whole, one entry a document (norms, then ranks), lies before the footer, so that one request fetches both.
 */
export async function assembleSegment({ ids, stored, fields }: BuiltParts, yielder: Yielder): Promise<BuiltSegment> {
  const docCount = ids.length;
  const header = new ByteWriter(HEADER_BYTES).u32(MAGIC).u32(FORMAT_VERSION).toBytes();
  const chunks: Uint8Array[] = [header];
  const sections: Section[] = [];
  let offset = HEADER_BYTES;
  const place = (kind: SectionKind, field: number, section: FinishedSection): void => {
    sections.push({ kind, field, offset, length: section.bytes, crc32: section.crc32 });
    chunks.push(...section.chunks);
    offset += section.bytes;
  };

  stored.finish();
  stored.section.align(SECTION_ALIGNMENT);
  place('stored', -1, stored.section.finish());

  const written: WrittenField[] = [];
  const metas: [string, SegmentFieldMeta][] = [];
  const norms: (() => void)[] = [];
  const columns: (() => void)[] = [];
  for (let field = fields.shift(); field; field = fields.shift()) {
    const encoded = await field.writer.encode(docCount, yielder);
    if (encoded.docCount === 0) continue;
    const number = written.length;
    for (const { kind, section } of encoded.sections) {
      if (kind === 'norms') norms.push(() => place(kind, number, section));
      else if (kind === 'column') columns.push(() => place(kind, number, section));
      else place(kind, number, section);
    }
    written.push({ ...encoded, name: field.name, type: field.type });
    metas.push([field.name, fieldMeta(field.type, encoded)]);
  }

  const { index, ranks, superseded, minId, maxId } = await indexIds(ids, yielder);
  index.section.align(SECTION_ALIGNMENT);
  place('ids', -1, index.section.finish());
  for (const placeColumn of columns) placeColumn();
  for (const placeNorms of norms) placeNorms();
  place('ranks', -1, wholeSection(encodeIdRanks(ranks)));

  const footer = encodeFooter(docCount, sections, written, stored, index);
  chunks.push(footer);
  return {
    meta: {
      docCount,
      bytes: offset + footer.length,
      footer: { offset, length: footer.length },
      fields: Object.fromEntries(metas),
      minId,
      maxId,
      superseded,
    },
    chunks: () => encodedChunks(chunks),
  };
}

function fieldMeta(type: FieldType, { docCount, tokenCount, min, max }: EncodedField): SegmentFieldMeta {
  return {
    type,
    docCount,
    ...(type === 'text' && { tokenCount }),
    ...(min !== undefined && max !== undefined && { min, max }),
  };
}

interface IndexedIds {
  readonly index: IdIndexWriter;
  readonly ranks: Uint32Array;
  readonly superseded: number[];
  readonly minId: string;
  readonly maxId: string;
}

async function indexIds(ids: readonly string[], yielder: Yielder): Promise<IndexedIds> {
  // Equal ids stay in the order of their documents, so the last of them is the newest.
  const order = await sortedOrder({ size: ids.length, term: (doc) => Buffer.from(ids[doc]!, 'utf8') }, yielder);
  const ranks = new Uint32Array(order.length);
  const superseded: number[] = [];
  const index = new IdIndexWriter();
  for (let rank = 0; rank < order.length; rank++) {
    const doc = order[rank]!;
    ranks[doc] = rank;
    if (rank + 1 < order.length && ids[order[rank + 1]!] === ids[doc]) superseded.push(doc);
    else index.add(Buffer.from(ids[doc]!, 'utf8'), doc);
    if (rank % STRIDE === 0 && yielder.due()) await yielder.yield();
  }
  index.finish();
  return {
    index,
    ranks,
    superseded: superseded.toSorted((a, b) => a - b),
    minId: ids[order[0]!]!,
    maxId: ids[order[order.length - 1]!]!,
  };
}
