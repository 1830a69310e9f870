import { ByteReader, corrupt } from '#libs/kernel';
import { MAX_POSITION, POSITIONS_BLOCK } from '../layout.ts';
import { MAX_WIDTH, packedWords, unpack } from '../postings/bit-packing.ts';
import { aligned, inRange } from '../unit.ts';

/** The positions of one term, parsed: the packed words as they are, the last deltas (varints) as an array. */
export class PositionsData {
  private readonly fullBlocks: number;
  private readonly wordStarts: Int32Array;
  private readonly widths: Uint8Array;
  private readonly words: Int32Array;
  private readonly tail: Int32Array;

  /** @param count the term's occurrences */
  constructor(
    body: Uint8Array,
    readonly count: number,
  ) {
    // Every full block has a byte of width: a wrong count cannot make us allocate more than a multiple of the body.
    inRange(count, 1, POSITIONS_BLOCK * (body.length + 1), 'a term’s number of positions');
    const reader = new ByteReader(body);
    this.fullBlocks = Math.floor(count / POSITIONS_BLOCK);
    this.wordStarts = new Int32Array(this.fullBlocks);
    const wordCount = this.fullBlocks > 0 ? inRange(reader.u32(), 0, reader.remaining / 4, 'a term’s word count') : 0;
    const bytes = aligned(reader.bytes(4 * wordCount), 4);
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, wordCount);
    this.widths = reader.bytes(this.fullBlocks);
    let words = 0;
    for (let block = 0; block < this.fullBlocks; block++) {
      this.wordStarts[block] = words;
      words += packedWords(inRange(this.widths[block]!, 0, MAX_WIDTH, 'a bit width'));
    }
    if (words !== wordCount) throw corrupt(`a term’s positions need ${words} words, and ${wordCount} are there`);
    this.tail = new Int32Array(count % POSITIONS_BLOCK);
    for (let i = 0; i < this.tail.length; i++) this.tail[i] = inRange(reader.varint(), 0, MAX_POSITION, 'a position');
  }

  /** The deltas of block `block`: `buffer` filled with them, or the last ones as they stand. */
  deltas(block: number, buffer: Int32Array): Int32Array {
    if (block === this.fullBlocks) return this.tail;
    unpack(this.words, this.wordStarts[block]!, this.widths[block]!, buffer);
    return buffer;
  }
}
