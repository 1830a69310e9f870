import { type ByteReader, ByteWriter, corrupt } from '#libs/kernel';
import type { UnitRange } from '../unit.ts';
import { inRange } from '../unit.ts';
import { ByteStrings } from './byte-strings.ts';
import { FrontDecoder, FrontEncoder, sharedPrefix } from './front-coding.ts';

/** Collects the sparse index of a dictionary or id section while its blocks are written; it goes into the footer. */
export class BlockIndexWriter {
  private readonly out = new ByteWriter();
  private readonly coder = new FrontEncoder();
  private blocks = 0;

  /**
   * @param before the last string before this block @param first its first: the index keeps only the shortest string
   * that is > before and ≤ first @param bytes the sealed unit's length, a multiple of 4
   */
  add(before: Uint8Array | undefined, first: Uint8Array, entries: number, bytes: number): void {
    const separator = before
      ? first.slice(0, Math.min(first.length, sharedPrefix(before, first) + 1))
      : new Uint8Array(0);
    this.coder.write(this.out, separator);
    this.out.varint(entries).varint(bytes / 4);
    this.blocks++;
  }

  /** The blocks’ number is written first. */
  writeTo(out: ByteWriter): void {
    out.varint(this.blocks).bytes(this.out.view());
  }
}

/** The sparse index, parsed: which block may hold a string, and where it lies. */
export class BlockIndex {
  private constructor(
    private readonly separators: ByteStrings,
    /** blockCount + 1 each: entries before a block, and its place in the object. */
    private readonly firsts: Float64Array,
    private readonly offsets: Float64Array,
  ) {}

  /** @param offset where the section begins @param length its length, which the blocks must fill @param entries in all of them */
  static read(reader: ByteReader, offset: number, length: number, entries: number): BlockIndex {
    const blocks = inRange(reader.varint(), 1, reader.remaining / 4, 'the number of blocks');
    const ends = new Uint32Array(blocks);
    const firsts = new Float64Array(blocks + 1);
    const offsets = new Float64Array(blocks + 1);
    const decoder = new FrontDecoder(blocks * 8);
    offsets[0] = offset;
    for (let block = 0; block < blocks; block++) {
      ends[block] = decoder.read(reader);
      firsts[block + 1] = firsts[block]! + inRange(reader.varint(), 1, 0xffff_ffff, 'a block’s number of entries');
      offsets[block + 1] = offsets[block]! + 4 * inRange(reader.varint(), 2, 0x3fff_ffff, 'a block’s length');
    }
    const end = offsets[blocks]!;
    if (end > offset + length || end <= offset + length - 8 || firsts[blocks] !== entries) {
      throw corrupt(
        `a sparse index names ${firsts[blocks]} entries up to ${end}, not ${entries} up to ${offset + length}`,
      );
    }
    return new BlockIndex(new ByteStrings(decoder.bytes, ends), firsts, offsets);
  }

  get length(): number {
    return this.separators.length;
  }

  get entryCount(): number {
    return this.firsts[this.length]!;
  }

  range(block: number): UnitRange {
    return { offset: this.offsets[block]!, length: this.offsets[block + 1]! - this.offsets[block]! };
  }

  /** Entries before the block: the ordinal of its first. */
  first(block: number): number {
    return this.firsts[block]!;
  }

  entries(block: number): number {
    return this.firsts[block + 1]! - this.firsts[block]!;
  }

  /** Nothing in the block is lower, and nothing in the blocks before is as high; undefined for the end of the last block. */
  lowerBound(block: number): Uint8Array | undefined {
    return block === this.length ? undefined : this.separators.at(block);
  }

  /** The only block that can hold `key`. */
  blockOf(key: Uint8Array): number {
    return Math.max(0, this.separators.countBelow(key, true) - 1);
  }

  /** The block of the entry with this ordinal, 0 … entryCount-1. */
  blockOfOrdinal(ordinal: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.firsts[middle]! <= ordinal) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
