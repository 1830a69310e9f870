import { NO_MORE_DOCS, type Postings, type PostingsCursor } from '#libs/segment';
import { blockMaxima, type BlockMaxima } from '../score/block-maxima.ts';
import { bm25 } from '../score/bm25.ts';
import { Scorer } from './scorer.ts';

/** Norms of a field that has none: `norms[doc & 0]`. */
const NO_NORMS = new Uint8Array(1);

/**
 * The documents of one term with their BM25 scores. Blocks are decoded as a whole, and the place within the block is kept
 * here: the fields are open to the loops that run over blocks (`block` … `normMask`).
 */
export class TermScorer extends Scorer {
  readonly cost: number;
  readonly postings: Postings;
  readonly maxima: BlockMaxima;
  /** By block: no document of it scores more. */
  readonly blockMaxScores: Float64Array;
  /** Of the whole term. */
  readonly maxScore: number;
  readonly weight: number;
  readonly normInverses: Float64Array;
  readonly norms: Uint8Array;
  readonly normMask: number;
  private readonly cursor: PostingsCursor;

  /** The decoded block; `size` is 0 before the first. `freqs` are there after `loadFreqs`. */
  readonly docs: Int32Array;
  readonly freqs: Int32Array;
  size = 0;
  at = 0;
  /** The block that `blockOf` answered last: it only moves on. */
  private shallow = 0;

  constructor(postings: Postings, weight: number, normInverses: Float64Array, norms: Uint8Array | undefined) {
    super();
    this.postings = postings;
    this.cost = postings.docFreq;
    this.weight = weight;
    this.normInverses = normInverses;
    this.norms = norms ?? NO_NORMS;
    this.normMask = norms ? -1 : 0;
    this.cursor = postings.cursor();
    this.docs = this.cursor.blockDocs;
    this.freqs = this.cursor.blockFreqs;
    this.maxima = blockMaxima(postings, weight, normInverses);
    this.blockMaxScores = this.maxima.scores;
    this.maxScore = this.maxima.max;
  }

  next(): number {
    const at = this.at + 1;
    if (at < this.size) {
      this.at = at;
      this.doc = this.docs[at]!;
      return this.doc;
    }
    return this.doc === NO_MORE_DOCS ? NO_MORE_DOCS : this.load(this.doc + 1);
  }

  advance(target: number): number {
    const { docs, size } = this;
    if (size === 0 || docs[size - 1]! < target) return this.doc === NO_MORE_DOCS ? NO_MORE_DOCS : this.load(target);
    // Gallop, then bisect: targets are mostly near.
    let low = this.at;
    let step = 1;
    let high = low + 1;
    while (high < size && docs[high]! < target) {
      low = high;
      step *= 2;
      high += step;
    }
    if (high >= size) high = size - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (docs[middle]! < target) low = middle + 1;
      else high = middle;
    }
    this.at = low;
    this.doc = docs[low]!;
    return this.doc;
  }

  /** Decodes the block that holds the first document ≥ target and moves to that document. */
  load(target: number): number {
    const size = this.cursor.loadBlock(target);
    this.size = size;
    this.at = 0;
    if (size === 0) {
      this.doc = NO_MORE_DOCS;
      return NO_MORE_DOCS;
    }
    this.doc = this.docs[0]!;
    return this.doc < target ? this.advance(target) : this.doc;
  }

  /** Decodes a block by its number, in any order, with its frequencies; `size` documents stand in `docs`, the place is lost. */
  loadWhole(block: number): number {
    this.size = this.cursor.loadBlockAt(block);
    this.cursor.loadFreqs();
    return this.size;
  }

  /** Its buffers go to the next one; it is dead then. Optional. */
  release(): void {
    this.cursor.release();
  }

  /** Back to before the first document. */
  rewind(): void {
    this.size = 0;
    this.at = 0;
    this.shallow = 0;
    this.doc = -1;
  }

  /** Fills `freqs` for the block that stands in `docs`. */
  loadFreqs(): void {
    this.cursor.loadFreqs();
  }

  /** Of the current document, what its score grows with: see `leastReach`. */
  reach(): number {
    return this.cursor.freqAt(this.at) * this.normInverses[this.norms[this.doc & this.normMask]!]!;
  }

  score(): number {
    const inverse = this.normInverses[this.norms[this.doc & this.normMask]!]!;
    return bm25(this.weight, this.cursor.freqAt(this.at), inverse);
  }

  /** The block that holds the first document ≥ target; blockCount if none. Targets never fall. */
  blockOf(target: number): number {
    const { blockLastDocs, blockCount } = this.postings;
    let block = this.shallow;
    while (block < blockCount && blockLastDocs[block]! < target) block++;
    this.shallow = block;
    return block;
  }

  maxScoreIn(from: number, to: number): number {
    const { blockLastDocs, blockCount } = this.postings;
    let max = 0;
    for (let block = this.blockOf(from); block < blockCount; block++) {
      if (this.blockMaxScores[block]! > max) max = this.blockMaxScores[block]!;
      if (blockLastDocs[block]! >= to) break;
    }
    return max;
  }
}
