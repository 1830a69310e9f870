import { ByteReader, corrupt } from '#libs/kernel';
import { MAX_POSITION, POSITIONS_BLOCK } from '../layout.ts';
import { type RiceShape, readRiceBlock, readRiceRange, riceWords } from '../rice/rice-block.ts';
import { SHORTEST_RICE_LIST, readRiceList } from '../rice/rice-list.ts';
import { MAX_RICE_WIDTH } from '../rice/rice-parameter.ts';
import { aligned, inRange } from '../unit.ts';

/** The positions of one term, parsed: the words of full blocks as they are, the last deltas as an array. */
export class PositionsData {
  private readonly fullBlocks: number;
  private readonly wordStarts: Int32Array;
  /** Per full block its width and its unary words. */
  private readonly shapes: Uint8Array;
  private readonly words: Int32Array;
  private readonly tail: Int32Array;

  /** @param count the term's occurrences */
  constructor(
    body: Uint8Array,
    readonly count: number,
  ) {
    // Every full block has two bytes of shape: a wrong count cannot make us allocate more than a multiple of the body.
    inRange(count, 1, POSITIONS_BLOCK * (body.length + 1), 'a term’s number of positions');
    const reader = new ByteReader(body);
    this.fullBlocks = Math.floor(count / POSITIONS_BLOCK);
    this.wordStarts = new Int32Array(this.fullBlocks);
    const wordCount = this.fullBlocks > 0 ? inRange(reader.u32(), 0, reader.remaining / 4, 'a term’s word count') : 0;
    const bytes = aligned(reader.bytes(4 * wordCount), 4);
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, wordCount);
    this.shapes = reader.bytes(2 * this.fullBlocks);
    let words = 0;
    for (let block = 0; block < this.fullBlocks; block++) {
      this.wordStarts[block] = words;
      inRange(this.shapes[2 * block]!, 0, MAX_RICE_WIDTH, 'a bit width');
      words += riceWords(this.shape(block));
    }
    if (words !== wordCount) throw corrupt(`a term’s positions need ${words} words, and ${wordCount} are there`);
    this.tail = readTail(reader, count % POSITIONS_BLOCK);
  }

  /** The deltas of block `block`: `buffer` filled with them, or the last ones as they stand. Throws `corrupt`. */
  deltas(block: number, buffer: Int32Array): Int32Array {
    if (block === this.fullBlocks) return this.tail;
    readRiceBlock(this.words, this.wordStarts[block]!, this.shape(block), buffer);
    return buffer;
  }

  /** Only those at [from, to) of a block, at the same places of `buffer`; the rest of it is left as it is. Throws `corrupt`. */
  someDeltas(block: number, from: number, to: number, buffer: Int32Array): Int32Array {
    if (block === this.fullBlocks) return this.tail;
    readRiceRange(this.words, this.wordStarts[block]!, this.shape(block), from, to, buffer);
    return buffer;
  }

  private shape(block: number): RiceShape {
    return { width: this.shapes[2 * block]!, unaryWords: this.shapes[2 * block + 1]! };
  }
}

function readTail(reader: ByteReader, size: number): Int32Array {
  const tail = new Int32Array(size);
  if (size >= SHORTEST_RICE_LIST) readRiceList(reader, size, tail);
  else for (let i = 0; i < size; i++) tail[i] = reader.varint();
  for (let i = 0; i < size; i++) inRange(tail[i]!, 0, MAX_POSITION, 'a position');
  return tail;
}
