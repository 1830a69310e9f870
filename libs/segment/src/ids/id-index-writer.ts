import { ByteWriter } from '#libs/kernel';
import { BlockIndexWriter } from '../dictionary/block-index.ts';
import { FrontEncoder } from '../dictionary/front-coding.ts';
import { DICTIONARY_BLOCK_BYTES, DICTIONARY_BLOCK_TERM_BYTES } from '../layout.ts';
import { SectionWriter } from '../memory/section-writer.ts';
import { sealUnit } from '../unit.ts';

/** Writes the id index: front-coded ids in byte order with the newest document of each. */
export class IdIndexWriter {
  readonly section = new SectionWriter();
  readonly index = new BlockIndexWriter();
  idCount = 0;
  private readonly entries = new ByteWriter(2 * DICTIONARY_BLOCK_BYTES);
  private readonly unit = new ByteWriter(2 * DICTIONARY_BLOCK_BYTES);
  private readonly coder = new FrontEncoder();
  private entryCount = 0;
  private idBytes = 0;
  private first: Uint8Array | undefined;
  private last: Uint8Array | undefined;
  private lastOfBlockBefore: Uint8Array | undefined;

  /** @param id greater than the one before */
  add(id: Uint8Array, doc: number): void {
    this.coder.write(this.entries, id);
    this.entries.varint(doc);
    this.first ??= id;
    this.last = id;
    this.idBytes += id.length;
    this.entryCount++;
    this.idCount++;
    if (this.entries.length >= DICTIONARY_BLOCK_BYTES || this.idBytes >= DICTIONARY_BLOCK_TERM_BYTES) this.closeBlock();
  }

  finish(): void {
    if (this.entryCount > 0) this.closeBlock();
  }

  private closeBlock(): void {
    this.unit.clear();
    const sealed = sealUnit(this.unit.varint(this.entryCount).bytes(this.entries.view()));
    this.section.append(sealed);
    this.index.add(this.lastOfBlockBefore, this.first!, this.entryCount, sealed.length);
    this.lastOfBlockBefore = this.last;
    this.first = undefined;
    this.entryCount = 0;
    this.idBytes = 0;
    this.entries.clear();
    this.coder.restart();
  }
}
