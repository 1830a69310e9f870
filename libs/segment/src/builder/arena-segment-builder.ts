import { TokenBuffer } from '#libs/analysis';
import { assert, invalid, type Yielder } from '#libs/kernel';
import type { FieldSpec } from '../field-spec.ts';
import { DEFAULT_IGNORE_ABOVE } from '../layout.ts';
import { ByteArena } from '../memory/byte-arena.ts';
import { MemoryLedger, stringBytes } from '../memory/memory-ledger.ts';
import type { BuiltSegment, SegmentBuilder, SegmentBuilderOptions } from '../segment-builder.ts';
import { StoredWriter } from '../stored/stored-writer.ts';
import { ownText } from '../utf8.ts';
import type { FieldWriter } from './field-writer.ts';
import { KeywordFieldWriter } from './keyword-field-writer.ts';
import { NumberFieldWriter } from './number-field-writer.ts';
import { type NamedField, SegmentEncoding } from './segment-encoding.ts';
import { TextFieldWriter } from './text-field-writer.ts';

/** A field's objects and map entry, before its first value. */
const FIELD_BYTES = 1024;
/** A slot in the array of ids, with its growth. */
const ID_SLOT_BYTES = 10;

/**
 * The builder. States: open → startDocument → in a document → endDocument → open … → finish → finished. Everything that
 * grows is in arenas and typed arrays, entered in one ledger.
 */
export class ArenaSegmentBuilder implements SegmentBuilder {
  private state: 'open' | 'in-document' | 'finished' = 'open';
  private readonly ledger = new MemoryLedger();
  private readonly arena = new ByteArena(this.ledger);
  private readonly stored = new StoredWriter(this.ledger);
  private readonly tokens = new TokenBuffer();
  private readonly ids: string[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly fields: NamedField[] = [];
  /** By number: where each kind of value goes; the kinds are apart so that every call site sees one class. */
  private readonly texts: (TextFieldWriter | undefined)[] = [];
  private readonly keywords: (KeywordFieldWriter | undefined)[] = [];
  private readonly columns: (NumberFieldWriter | undefined)[] = [];
  /** Text fields of the open document. */
  private readonly touched: TextFieldWriter[] = [];

  constructor(private readonly options: SegmentBuilderOptions) {}

  get docCount(): number {
    return this.ids.length;
  }

  get heldBytes(): number {
    return this.ledger.bytes + this.stored.rawBytes;
  }

  field(name: string, spec: FieldSpec): number {
    assert(this.state !== 'finished', 'a finished builder takes no fields');
    const known = this.numbers.get(name);
    if (known !== undefined) {
      const { type } = this.fields[known]!;
      if (type !== spec.type) {
        throw invalid('field_type_conflict', `field "${name}" is ${type} in this segment already, not ${spec.type}`, {
          field: name,
        });
      }
      return known;
    }
    const number = this.fields.length;
    const writer = this.writerFor(spec);
    this.texts.push(writer instanceof TextFieldWriter ? writer : undefined);
    this.keywords.push(writer instanceof KeywordFieldWriter ? writer : undefined);
    this.columns.push(writer instanceof NumberFieldWriter ? writer : undefined);
    this.fields.push({ name: ownText(name), type: spec.type, writer });
    this.numbers.set(name, number);
    this.ledger.bytes += FIELD_BYTES + stringBytes(name);
    return number;
  }

  startDocument(id: string, source: Uint8Array): void {
    assert(this.state === 'open', 'startDocument comes between documents');
    const own = ownText(id);
    this.stored.add(Buffer.from(own, 'utf8'), source);
    this.ids.push(own);
    this.ledger.bytes += stringBytes(own) + ID_SLOT_BYTES;
    this.state = 'in-document';
  }

  addText(field: number, text: string): void {
    const writer = this.texts[field];
    assert(writer && this.state === 'in-document', 'addText is for text fields, in a document');
    if (writer.isFirstValue()) this.touched.push(writer);
    writer.add(this.ids.length - 1, text);
  }

  addKeyword(field: number, value: string): void {
    const writer = this.keywords[field];
    assert(writer && this.state === 'in-document', 'addKeyword is for keyword fields, in a document');
    writer.add(this.ids.length - 1, value);
  }

  addNumber(field: number, value: number): void {
    const writer = this.columns[field];
    assert(writer && this.state === 'in-document', 'addNumber is for number fields, in a document');
    writer.add(this.ids.length - 1, value);
  }

  endDocument(): void {
    assert(this.state === 'in-document', 'endDocument ends a document');
    for (const writer of this.touched) writer.endDocument(this.ids.length - 1);
    this.touched.length = 0;
    this.state = 'open';
  }

  finish(yielder: Yielder): BuiltSegment {
    assert(this.state === 'open', 'finish is called once, between documents');
    this.state = 'finished';
    assert(this.ids.length > 0, 'a segment has at least one document');
    const { ids, stored, ledger } = this;
    stored.finish();
    return new SegmentEncoding({ ids, stored, fields: this.fields.splice(0), ledger }, yielder);
  }

  private writerFor(spec: FieldSpec): FieldWriter {
    const { ledger, arena } = this;
    switch (spec.type) {
      case 'text':
        return new TextFieldWriter(this.options.analyzer(spec.analyzer ?? 'standard'), this.tokens, arena, ledger);
      case 'keyword':
        return new KeywordFieldWriter(spec.ignoreAbove ?? DEFAULT_IGNORE_ABOVE, arena, ledger);
      case 'double':
        return new NumberFieldWriter(false, ledger);
      default:
        return new NumberFieldWriter(true, ledger);
    }
  }
}

export const createSegmentBuilder = (options: SegmentBuilderOptions): SegmentBuilder =>
  new ArenaSegmentBuilder(options);
