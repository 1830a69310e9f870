import { type ByteReader, corrupt } from '#libs/kernel';
import type { UnitRange } from '../unit.ts';
import { inRange } from '../unit.ts';
import { StoredDictionary } from './stored-dictionary.ts';

/** Which stored block holds a document, and where it lies; from the footer. */
export class StoredIndex {
  /** What the blocks were compressed with. */
  readonly dictionary: StoredDictionary;
  /** blockCount + 1 each. */
  private readonly firsts: Float64Array;
  private readonly offsets: Float64Array;

  constructor(reader: ByteReader, section: UnitRange, docCount: number) {
    const blocks = inRange(reader.varint(), 1, reader.remaining / 2, 'the number of stored blocks');
    this.firsts = new Float64Array(blocks + 1);
    this.offsets = new Float64Array(blocks + 1);
    this.offsets[0] = section.offset;
    for (let block = 0; block < blocks; block++) {
      this.firsts[block + 1] = this.firsts[block]! + inRange(reader.varint(), 1, docCount, 'a block’s documents');
      this.offsets[block + 1] = this.offsets[block]! + 4 * inRange(reader.varint(), 4, 0x3fff_ffff, 'a block’s length');
    }
    const end = this.offsets[blocks]!;
    const sectionEnd = section.offset + section.length;
    if (this.firsts[blocks] !== docCount || end > sectionEnd || end <= sectionEnd - 8) {
      throw corrupt(
        `the stored blocks hold ${this.firsts[blocks]} documents of ${docCount}, up to ${end} of ${sectionEnd}`,
      );
    }
    this.dictionary = new StoredDictionary(reader);
  }

  blockOf(doc: number): number {
    let low = 0;
    let high = this.firsts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.firsts[middle]! <= doc) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  first(block: number): number {
    return this.firsts[block]!;
  }

  docs(block: number): number {
    return this.firsts[block + 1]! - this.firsts[block]!;
  }

  range(block: number): UnitRange {
    return { offset: this.offsets[block]!, length: this.offsets[block + 1]! - this.offsets[block]! };
  }
}
