import { assert, ByteWriter, type Yielder } from '#libs/kernel';
import type { FieldType } from '../field-spec.ts';
import { type WrittenField, encodeFooter } from '../footer/footer-writer.ts';
import type { Section, SectionKind } from '../footer/section.ts';
import { encodeIdRanks } from '../ids/id-ranks.ts';
import { FORMAT_VERSION, HEADER_BYTES, MAGIC, SECTION_ALIGNMENT } from '../layout.ts';
import type { MemoryLedger } from '../memory/memory-ledger.ts';
import type { FinishedSection } from '../memory/section-writer.ts';
import type { BuiltSegment } from '../segment-builder.ts';
import type { SegmentFieldMeta, SegmentMeta } from '../segment-meta.ts';
import type { StoredWriter } from '../stored/stored-writer.ts';
import type { EncodedField, FieldWriter } from './field-writer.ts';
import { indexIds } from './index-ids.ts';
import { joinedChunks } from './joined-chunks.ts';
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
  /** What all of these hold. */
  readonly ledger: MemoryLedger;
}

interface WaitingSection {
  readonly kind: SectionKind;
  readonly field: number;
  readonly section: FinishedSection;
}

/**
 * A segment that is encoded while its bytes are read: the stored documents, which are ready, then field after field (letting
 * go of each), then the ids and the footer, which names what came before. What most queries read whole, one entry a document
 * (norms, then ranks), lies before the footer, so that one request fetches both. States: unread → being read → read.
 */
export class SegmentEncoding implements BuiltSegment {
  private state: 'unread' | 'reading' | 'read' = 'unread';
  private offset = 0;
  private readonly sections: Section[] = [];
  private readonly written: WrittenField[] = [];
  private readonly metas: [string, SegmentFieldMeta][] = [];
  private encoded: SegmentMeta | undefined;
  private parts: BuiltParts | undefined;

  constructor(
    parts: BuiltParts,
    private readonly yielder: Yielder,
  ) {
    this.parts = parts;
  }

  get heldBytes(): number {
    return this.parts?.ledger.bytes ?? 0;
  }

  get meta(): SegmentMeta {
    assert(this.encoded, 'a segment is known when its bytes have been read to their end');
    return this.encoded;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    assert(this.state === 'unread' && this.parts, 'a segment is encoded once');
    this.state = 'reading';
    try {
      yield* joinedChunks(this.pieces(this.parts));
    } finally {
      this.state = 'read';
      this.parts = undefined;
    }
  }

  private async *pieces({ ids, stored, fields, ledger }: BuiltParts): AsyncGenerator<Uint8Array> {
    const docCount = ids.length;
    this.offset = HEADER_BYTES;
    yield new ByteWriter(HEADER_BYTES).u32(MAGIC).u32(FORMAT_VERSION).toBytes();
    stored.section.align(SECTION_ALIGNMENT);
    yield* this.place({ kind: 'stored', field: -1, section: stored.section.finish() }, ledger);

    const columns: WaitingSection[] = [];
    const norms: WaitingSection[] = [];
    for (let field = fields.shift(); field; field = fields.shift()) {
      const encoded = await field.writer.encode(docCount, this.yielder);
      if (encoded.docCount === 0) continue;
      const number = this.written.length;
      this.written.push({ ...encoded, name: field.name, type: field.type });
      this.metas.push([field.name, fieldMeta(field.type, encoded)]);
      for (const { kind, section } of encoded.sections) {
        ledger.bytes += section.bytes;
        const waiting = { kind, field: number, section };
        if (kind === 'norms') norms.push(waiting);
        else if (kind === 'column') columns.push(waiting);
        else yield* this.place(waiting, ledger);
      }
    }
    // The fields and what they shared are gone.
    ledger.bytes = [...columns, ...norms].reduce((sum, { section }) => sum + section.bytes, 0);

    const { index, ranks, superseded, minId, maxId } = await indexIds(ids, this.yielder);
    index.section.align(SECTION_ALIGNMENT);
    yield* this.place({ kind: 'ids', field: -1, section: index.section.finish() }, ledger);
    for (const waiting of [...columns, ...norms]) yield* this.place(waiting, ledger);
    yield* this.place({ kind: 'ranks', field: -1, section: wholeSection(encodeIdRanks(ranks)) }, ledger);

    const footer = encodeFooter(docCount, this.sections, this.written, stored, index);
    this.encoded = {
      docCount,
      bytes: this.offset + footer.length,
      footer: { offset: this.offset, length: footer.length },
      fields: Object.fromEntries(this.metas),
      minId,
      maxId,
      superseded,
    };
    yield footer;
  }

  /** Hands out a section's chunks and lets go of each. */
  private *place({ kind, field, section }: WaitingSection, ledger: MemoryLedger): Generator<Uint8Array> {
    this.sections.push({ kind, field, offset: this.offset, length: section.bytes, crc32: section.crc32 });
    this.offset += section.bytes;
    const { chunks } = section;
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i]!;
      chunks[i] = NOTHING;
      ledger.bytes = Math.max(0, ledger.bytes - chunk.length);
      yield chunk;
    }
  }
}

const NOTHING = new Uint8Array(0);

function fieldMeta(type: FieldType, { docCount, tokenCount, min, max }: EncodedField): SegmentFieldMeta {
  return {
    type,
    docCount,
    ...(type === 'text' && { tokenCount }),
    ...(min !== undefined && max !== undefined && { min, max }),
  };
}
