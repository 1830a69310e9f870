import { ByteWriter } from '#libs/kernel';
import type { SectionKind } from '../footer/section.ts';
import { DICTIONARY_BLOCK_BYTES, DICTIONARY_BLOCK_TERM_BYTES, INLINE_BYTES, SECTION_ALIGNMENT } from '../layout.ts';
import { type FinishedSection, SectionWriter } from '../memory/section-writer.ts';
import { sealUnit } from '../unit.ts';
import { BlockIndexWriter } from './block-index.ts';
import { BlockReachWriter } from './block-reach.ts';
import { FrontEncoder } from './front-coding.ts';

interface KindOfSection {
  readonly kind: SectionKind;
  readonly section: FinishedSection;
}

function finished(kind: SectionKind, writer: SectionWriter): KindOfSection {
  writer.align(SECTION_ALIGNMENT);
  return { kind, section: writer.finish() };
}

/**
 * Writes the dictionary of one field, and beside it the units of postings and positions that its entries point to.
 * Terms come in byte order, each exactly once. Units follow each other without gaps, so an entry keeps only a length.
 */
export class DictionaryWriter {
  private readonly dictionary = new SectionWriter();
  private readonly postings = new SectionWriter();
  private readonly positions = new SectionWriter();
  readonly index = new BlockIndexWriter();
  readonly reach = new BlockReachWriter();
  private readonly entries = new ByteWriter(2 * DICTIONARY_BLOCK_BYTES);
  private readonly unit = new ByteWriter(2 * DICTIONARY_BLOCK_BYTES);
  private readonly coder = new FrontEncoder();
  private entryCount = 0;
  private termBytes = 0;
  private postingsBase = 0;
  private positionsBase = 0;
  private hasPositions = false;
  private first: Uint8Array | undefined;
  private last: Uint8Array | undefined;
  private lastOfBlockBefore: Uint8Array | undefined;

  /**
   * @param totalTermFreq undefined for keyword fields @param postings the encoded body; sealed here if it is too large
   * to stand in the entry @param positions the same, undefined for keyword fields
   */
  add(
    term: Uint8Array,
    docFreq: number,
    totalTermFreq: number | undefined,
    postings: ByteWriter,
    positions: ByteWriter | undefined,
  ): void {
    // Half of all terms occur once: their bodies tell their own lengths.
    const once = docFreq === 1 && (totalTermFreq ?? 1) === 1;
    this.coder.writeMarked(this.entries, term, once ? 1 : 0);
    if (once) {
      this.entries.bytes(postings.view());
      if (positions) this.entries.bytes(positions.view());
    } else {
      this.entries.varint(docFreq);
      if (totalTermFreq !== undefined) this.entries.varint(totalTermFreq - docFreq);
      this.place(postings, this.postings);
      if (positions) this.place(positions, this.positions);
    }
    this.hasPositions = positions !== undefined;
    this.first ??= term;
    this.last = term;
    this.entryCount++;
    this.termBytes += term.length;
    if (this.entries.length >= DICTIONARY_BLOCK_BYTES || this.termBytes >= DICTIONARY_BLOCK_TERM_BYTES)
      this.closeBlock();
  }

  finish(): void {
    if (this.entryCount > 0) this.closeBlock();
  }

  /** After `finish`. */
  sections(): KindOfSection[] {
    return [
      finished('dictionary', this.dictionary),
      finished('postings', this.postings),
      finished('positions', this.positions),
    ];
  }

  private place(body: ByteWriter, section: SectionWriter): void {
    if (body.length <= INLINE_BYTES) {
      this.entries.varint(2 * body.length + 1).bytes(body.view());
    } else {
      const unit = sealUnit(body);
      section.append(unit);
      this.entries.varint((2 * unit.length) / 4);
    }
  }

  private closeBlock(): void {
    const { unit } = this;
    unit.clear();
    unit
      .varint(this.entryCount)
      .varint(this.postingsBase / 4)
      .varint(this.positionsBase / 4);
    const sealed = sealUnit(unit.bytes(this.entries.view()));
    this.dictionary.append(sealed);
    this.index.add(this.lastOfBlockBefore, this.first!, this.entryCount, sealed.length);
    const positions = this.positions.bytes - this.positionsBase;
    this.reach.add(this.postings.bytes - this.postingsBase, this.hasPositions ? positions : undefined);
    this.lastOfBlockBefore = this.last;
    this.first = undefined;
    this.entryCount = 0;
    this.termBytes = 0;
    this.postingsBase = this.postings.bytes;
    this.positionsBase = this.positions.bytes;
    this.entries.clear();
    this.coder.restart();
  }
}
