import { assert, corrupt } from '#libs/kernel';
import { POSITIONS_BLOCK } from '../layout.ts';
import type { PositionsData } from '../positions/positions-data.ts';
import { unpack, unpackOne } from './bit-packing.ts';
import { giveBuffers, takeBuffers, type CursorBuffers } from './cursor-buffers.ts';
import type { PostingsData } from './postings-data.ts';
import { NO_MORE_DOCS, POSTINGS_BLOCK, type PostingsCursor } from './postings.ts';

const NO_POSITIONS = new Int32Array(0);

/** Positions of a block are picked out until that costs about as much as decoding all 128: finding their place is worth some. */
const MAX_PICKED = 64;
const WORK_OF_PICKING = 12;

/** From so many on, decoding all frequencies of a block costs less than picking them out. */
const SINGLE_FREQS = 12;

/**
 * The one cursor class. Modes: before the first block (block -1), in a block (documents decoded; frequencies decoded
 * when first asked for), after the last (doc NO_MORE_DOCS).
 */
export class BlockPostingsCursor implements PostingsCursor {
  doc = -1;
  readonly blockDocs: Int32Array;
  readonly blockFreqs: Int32Array;
  private readonly buffers: CursorBuffers;
  private block = -1;
  private size = 0;
  private index = 0;
  private freqsDecoded = false;
  /** Frequencies of this block that were picked out one by one. */
  private singles = 0;
  /** Occurrences in the block before document `summed`: sums go on from there while documents ascend. */
  private summed = 0;
  private sum = 0;
  private positionsBlock = -1;
  /** The block that positions are picked out of, and how much was done for it. */
  private pickedBlock = -1;
  private picked = 0;
  private positionDeltas: Int32Array;
  private readonly positionsBuffer: Int32Array;

  constructor(
    private readonly data: PostingsData,
    private readonly positionsData: PositionsData | undefined,
  ) {
    this.buffers = takeBuffers();
    this.blockDocs = this.buffers.docs;
    this.blockFreqs = this.buffers.freqs;
    if (!data.hasFreqs) this.blockFreqs.fill(1);
    this.positionsBuffer = positionsData ? this.buffers.positions : NO_POSITIONS;
    this.positionDeltas = this.positionsBuffer;
  }

  release(): void {
    giveBuffers(this.buffers);
  }

  next(): number {
    if (++this.index < this.size) return (this.doc = this.blockDocs[this.index]!);
    if (this.block + 1 >= this.data.blockCount) return this.end();
    this.decode(this.block + 1);
    this.index = 0;
    return (this.doc = this.blockDocs[0]!);
  }

  advance(target: number): number {
    if (target <= this.doc) return this.doc;
    if (this.block < 0 || target > this.data.blockLastDocs[this.block]!) {
      const block = this.blockOf(target);
      if (block === this.data.blockCount) return this.end();
      this.decode(block);
      this.index = 0;
      if (this.blockDocs[0]! >= target) return (this.doc = this.blockDocs[0]!);
    }
    // The document is in this block, mostly near: gallop, then halve.
    const docs = this.blockDocs;
    const last = this.size - 1;
    let low = this.index;
    let high = low + 1;
    for (let step = 2; high < last && docs[high]! < target; step *= 2) {
      low = high + 1;
      high += step;
    }
    if (high > last) high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (docs[middle]! < target) low = middle + 1;
      else high = middle;
    }
    this.index = low;
    return (this.doc = docs[low]!);
  }

  freq(): number {
    return this.freqAt(this.index);
  }

  blockOf(target: number): number {
    const last = this.data.blockLastDocs;
    let low = 0;
    let high = last.length;
    // Targets rise: look near the block we are in before halving all of them.
    const here = this.block;
    if (here >= 0 && target > last[here]!) {
      let step = 1;
      low = here + 1;
      while (low + step < high && last[low + step]! < target) step *= 2;
      high = Math.min(high, low + step + 1);
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (last[middle]! < target) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  positions(out: Int32Array): number {
    const { data, positionsData } = this;
    assert(positionsData, 'positions are asked only of postings that were read with positions');
    this.loadFreqs();
    const freq = this.blockFreqs[this.index]!;
    if (this.summed > this.index) this.summed = this.sum = 0;
    while (this.summed < this.index) this.sum += this.blockFreqs[this.summed++]!;
    let at = data.positionStarts[this.block]! + this.sum;
    if (at + freq > positionsData.count) throw corrupt(`positions ${at} … ${at + freq} of ${positionsData.count}`);
    let position = 0;
    for (let done = 0; done < freq;) {
      const block = Math.floor(at / POSITIONS_BLOCK);
      const from = at % POSITIONS_BLOCK;
      const count = Math.min(POSITIONS_BLOCK - from, freq - done);
      const deltas = this.deltasOf(positionsData, block, from, count);
      for (let i = from; i < from + count; i++) out[done++] = position += deltas[i]!;
      at += count;
    }
    return freq;
  }

  /** A block of positions with those from `from` on decoded: all of them once enough was asked of it. */
  private deltasOf(positionsData: PositionsData, block: number, from: number, count: number): Int32Array {
    if (block === this.positionsBlock) return this.positionDeltas;
    if (block !== this.pickedBlock) {
      this.pickedBlock = block;
      this.picked = 0;
    }
    this.picked += count + WORK_OF_PICKING;
    if (this.picked <= MAX_PICKED) return positionsData.someDeltas(block, from, from + count, this.positionsBuffer);
    this.positionsBlock = block;
    this.positionDeltas = positionsData.deltas(block, this.positionsBuffer);
    return this.positionDeltas;
  }

  loadBlock(target: number): number {
    const block = this.blockOf(target);
    if (block === this.data.blockCount) {
      this.end();
      return 0;
    }
    return this.loadBlockAt(block);
  }

  loadBlockAt(block: number): number {
    if (block !== this.block) this.decode(block);
    return this.size;
  }

  loadFreqs(): void {
    if (!this.freqsDecoded) this.decodeFreqs();
  }

  freqAt(index: number): number {
    if (!this.freqsDecoded && ++this.singles > SINGLE_FREQS) this.decodeFreqs();
    if (this.freqsDecoded) return this.blockFreqs[index]!;
    const { data, block } = this;
    if (block === data.fullBlocks) return data.tailFreqs[index]!;
    const start = data.wordStarts[block]! + 4 * data.docWidths[block]!;
    return unpackOne(data.words, start, data.freqWidths[block]!, index) + 1;
  }

  private end(): number {
    this.block = this.data.blockCount;
    this.size = 0;
    this.index = 0;
    return (this.doc = NO_MORE_DOCS);
  }

  private decode(block: number): void {
    const { data, blockDocs } = this;
    this.block = block;
    this.singles = 0;
    this.summed = this.sum = 0;
    if (block === data.fullBlocks) {
      blockDocs.set(data.tailDocs);
      this.size = data.tailDocs.length;
      this.freqsDecoded = false;
      return;
    }
    unpack(data.words, data.wordStarts[block]!, data.docWidths[block]!, blockDocs);
    let doc = block === 0 ? -1 : data.blockLastDocs[block - 1]!;
    for (let i = 0; i < POSTINGS_BLOCK; i++) blockDocs[i] = doc += blockDocs[i]! + 1;
    if (doc !== data.blockLastDocs[block]) {
      throw corrupt(`a postings block ends with document ${doc} instead of ${data.blockLastDocs[block]}`);
    }
    this.size = POSTINGS_BLOCK;
    this.freqsDecoded = !data.hasFreqs;
  }

  private decodeFreqs(): void {
    const { data, blockFreqs, block } = this;
    if (block === data.fullBlocks) {
      blockFreqs.set(data.tailFreqs);
    } else {
      const start = data.wordStarts[block]! + 4 * data.docWidths[block]!;
      unpack(data.words, start, data.freqWidths[block]!, blockFreqs);
      for (let i = 0; i < POSTINGS_BLOCK; i++) blockFreqs[i]!++;
    }
    this.freqsDecoded = true;
  }
}
