import { ByteWriter } from '#libs/kernel';
import { MAX_STORED_DICTIONARY_BYTES, STORED_BLOCK_BYTES } from '../layout.ts';
import type { MemoryLedger } from '../memory/memory-ledger.ts';
import { SectionWriter } from '../memory/section-writer.ts';
import { sealUnit } from '../unit.ts';
import { BlockCompressor } from './block-compressor.ts';
import { chooseDictionary } from './choose-dictionary.ts';
import { writeStoredDictionary } from './stored-dictionary.ts';

/** So much text shows what recurs: with four times as much, blocks get 1 % smaller. */
const SAMPLE_BYTES = 2 * 1024 * 1024;
/** Of a smaller segment a dictionary would save less than it takes. */
const LEAST_SAMPLE_BYTES = 256 * 1024;
/** Bytes of the sample for each of the dictionary. */
const SAMPLE_PER_DICTIONARY_BYTE = 24;

interface RawBlock {
  readonly docs: number;
  readonly bytes: Uint8Array;
}

/**
 * Collects documents in raw blocks. The first ones wait until they show what recurs: then a dictionary is chosen, and from
 * there on each block is compressed with it as soon as it is full.
 */
export class StoredWriter {
  readonly section: SectionWriter;
  private readonly raw = new ByteWriter(2 * STORED_BLOCK_BYTES);
  private readonly unit = new ByteWriter(STORED_BLOCK_BYTES);
  private readonly index = new ByteWriter();
  private readonly waiting: RawBlock[] = [];
  private waitingBytes = 0;
  private isDecided = false;
  private dictionary: Uint8Array | undefined;
  private compressor: BlockCompressor | undefined;
  private blocks = 0;
  private docsInBlock = 0;

  constructor(private readonly ledger: MemoryLedger) {
    this.section = new SectionWriter(ledger);
  }

  add(id: Uint8Array, source: Uint8Array): void {
    this.raw.varint(id.length).bytes(id).varint(source.length).bytes(source);
    this.docsInBlock++;
    if (this.raw.length >= STORED_BLOCK_BYTES) this.closeBlock();
  }

  finish(): void {
    if (this.docsInBlock > 0) this.closeBlock();
    this.decide();
    this.compressor?.close();
  }

  /** For the footer: the number of blocks, per block its documents and its length; the dictionary. */
  writeIndexTo(out: ByteWriter): void {
    out.varint(this.blocks).bytes(this.index.view());
    writeStoredDictionary(out, this.dictionary);
  }

  /** What the ledger does not have: the block that is being filled, and those that wait. */
  get rawBytes(): number {
    return this.raw.length + this.waitingBytes;
  }

  private closeBlock(): void {
    if (this.isDecided) {
      this.write(this.docsInBlock, this.raw.view());
    } else {
      this.waiting.push({ docs: this.docsInBlock, bytes: this.raw.toBytes() });
      this.waitingBytes += this.raw.length;
      if (this.waitingBytes >= SAMPLE_BYTES) this.decide();
    }
    this.docsInBlock = 0;
    this.raw.clear();
  }

  private decide(): void {
    if (this.isDecided) return;
    this.isDecided = true;
    if (this.waitingBytes >= LEAST_SAMPLE_BYTES) {
      const sample = Buffer.concat(
        this.waiting.map(({ bytes }) => bytes),
        Math.min(this.waitingBytes, SAMPLE_BYTES),
      );
      const bytes = Math.min(MAX_STORED_DICTIONARY_BYTES, Math.floor(sample.length / SAMPLE_PER_DICTIONARY_BYTE));
      this.dictionary = chooseDictionary(sample, bytes);
      this.ledger.bytes += bytes;
    }
    for (const { docs, bytes } of this.waiting) this.write(docs, bytes);
    this.waiting.length = 0;
    this.waitingBytes = 0;
  }

  private write(docs: number, raw: Uint8Array): void {
    this.compressor ??= new BlockCompressor(this.dictionary);
    const compressed = this.compressor.compress(raw);
    this.unit.clear();
    const sealed = sealUnit(this.unit.u32(docs).u32(raw.length).u32(compressed.length).bytes(compressed));
    this.section.append(sealed);
    this.index.varint(docs).varint(sealed.length / 4);
    this.ledger.bytes += 8;
    this.blocks++;
  }
}
