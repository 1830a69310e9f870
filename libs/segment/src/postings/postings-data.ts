import { ByteReader, corrupt } from '#libs/kernel';
import { MAX_IMPACTS } from '../layout.ts';
import { SHORTEST_RICE_LIST, readRiceList } from '../rice/rice-list.ts';
import { aligned, inRange } from '../unit.ts';
import { MAX_WIDTH, packedWords } from './bit-packing.ts';
import { POSTINGS_BLOCK } from './postings.ts';

/** What is known of a term before its postings are parsed: from the dictionary and the footer. */
export interface PostingsShape {
  readonly docFreq: number;
  /** docFreq for keyword fields. */
  readonly totalTermFreq: number;
  readonly hasFreqs: boolean;
  readonly docCount: number;
}

/**
 * The postings of one term, parsed: packed words as they are, block heads and the last block (varints) as arrays.
 * Immutable; shared by all queries that were answered the same bytes.
 */
export class PostingsData {
  readonly docFreq: number;
  readonly hasFreqs: boolean;
  readonly blockCount: number;
  readonly blockLastDocs: Int32Array;
  readonly impactStarts: Int32Array;
  impactFreqs: Int32Array;
  impactNorms: Uint8Array;
  /** Full blocks: where their words begin, and their widths. */
  readonly fullBlocks: number;
  readonly wordStarts: Int32Array;
  readonly docWidths: Uint8Array;
  readonly freqWidths: Uint8Array;
  words: Int32Array = new Int32Array(0);
  /** Occurrences before each block: the place of its first position. */
  readonly positionStarts: Int32Array;
  readonly tailDocs: Int32Array;
  readonly tailFreqs: Int32Array;

  constructor(body: Uint8Array, shape: PostingsShape) {
    const { docFreq, hasFreqs } = shape;
    this.docFreq = docFreq;
    this.hasFreqs = hasFreqs;
    this.fullBlocks = Math.floor(docFreq / POSTINGS_BLOCK);
    const tailSize = docFreq % POSTINGS_BLOCK;
    this.blockCount = this.fullBlocks + (tailSize > 0 ? 1 : 0);
    // Each full block has at least two bytes of head: a wrong docFreq cannot make us allocate more than the body's size.
    inRange(docFreq, 1, Math.min(shape.docCount, POSTINGS_BLOCK * (body.length + 1)), 'a term’s document count');

    this.blockLastDocs = new Int32Array(this.blockCount);
    this.positionStarts = new Int32Array(this.blockCount + 1);
    this.impactStarts = new Int32Array(this.blockCount + 1);
    this.impactFreqs = new Int32Array(hasFreqs ? 8 : this.blockCount).fill(1);
    this.impactNorms = new Uint8Array(hasFreqs ? 8 : this.blockCount).fill(1);
    this.wordStarts = new Int32Array(this.fullBlocks);
    this.docWidths = new Uint8Array(this.fullBlocks);
    this.freqWidths = new Uint8Array(this.fullBlocks);
    this.tailDocs = new Int32Array(tailSize);
    this.tailFreqs = new Int32Array(tailSize).fill(1);

    const reader = new ByteReader(body);
    if (this.fullBlocks > 0) this.readHeads(reader);
    if (tailSize > 0) this.readTail(reader, shape);
    if (!hasFreqs) for (let block = 0; block <= this.blockCount; block++) this.impactStarts[block] = block;
    inRange(this.blockLastDocs[this.blockCount - 1]!, 0, shape.docCount - 1, 'a term’s last document');
    if (hasFreqs && this.positionStarts[this.blockCount] !== shape.totalTermFreq) {
      throw corrupt(`a term occurs ${this.positionStarts[this.blockCount]} times instead of ${shape.totalTermFreq}`);
    }
  }

  private readHeads(reader: ByteReader): void {
    const wordCount = inRange(reader.u32(), 0, reader.remaining / 4, 'a term’s word count');
    const bytes = aligned(reader.bytes(4 * wordCount), 4);
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, wordCount);
    let last = -1;
    let words = 0;
    for (let block = 0; block < this.fullBlocks; block++) {
      last = inRange(last + reader.varint() + POSTINGS_BLOCK, 0, 0x7fff_fffe, 'a block’s last document');
      this.blockLastDocs[block] = last;
      this.wordStarts[block] = words;
      this.docWidths[block] = inRange(reader.u8(), 0, MAX_WIDTH, 'a bit width');
      if (this.hasFreqs) {
        this.freqWidths[block] = inRange(reader.u8(), 0, MAX_WIDTH, 'a bit width');
        this.count(block, reader.varint() + POSTINGS_BLOCK);
        this.readImpacts(reader, block);
      }
      words += packedWords(this.docWidths[block]! + this.freqWidths[block]!);
    }
    if (words !== wordCount) throw corrupt(`a term’s blocks need ${words} words, and ${wordCount} are there`);
  }

  private readTail(reader: ByteReader, shape: PostingsShape): void {
    const size = this.tailDocs.length;
    const block = this.fullBlocks;
    if (this.hasFreqs) {
      if (size === 1) this.impactStarts[block + 1] = this.impactStarts[block]!;
      else this.readImpacts(reader, block);
    }
    const norm = this.hasFreqs && size === 1 ? reader.u8() : 0;
    this.readTailDocs(reader, shape);
    let doc = block === 0 ? -1 : this.blockLastDocs[block - 1]!;
    let occurrences = 0;
    for (let i = 0; i < size; i++) {
      doc = this.tailDocs[i] = inRange(doc + 1 + this.tailDocs[i]!, 0, shape.docCount - 1, 'a document');
      occurrences += this.tailFreqs[i]!;
    }
    this.blockLastDocs[block] = doc;
    this.count(block, occurrences);
    if (this.hasFreqs && size === 1) this.addImpact(block, occurrences, norm);
  }

  /** Fills `tailDocs` with differences less 1, and `tailFreqs`. */
  private readTailDocs(reader: ByteReader, shape: PostingsShape): void {
    const { tailDocs, tailFreqs, hasFreqs } = this;
    const size = tailDocs.length;
    const highest = shape.docCount - 1;
    if (shape.docFreq === 1) {
      tailDocs[0] = inRange(reader.varint(), 0, highest, 'a document');
      if (hasFreqs) tailFreqs[0] = inRange(shape.totalTermFreq, 1, 0x7fff_ffff, 'a frequency');
    } else if (size >= SHORTEST_RICE_LIST) {
      readRiceList(reader, size, tailDocs);
      if (!hasFreqs) return;
      readRiceList(reader, size, tailFreqs);
      for (let i = 0; i < size; i++) tailFreqs[i] = inRange(tailFreqs[i]! + 1, 1, 0x7fff_ffff, 'a frequency');
    } else {
      for (let i = 0; i < size; i++) {
        const value = reader.varint();
        tailDocs[i] = inRange(hasFreqs ? Math.floor(value / 2) : value, 0, highest, 'a document');
        if (hasFreqs && value % 2 === 0) tailFreqs[i] = inRange(reader.varint(), 1, 0x7fff_ffff, 'a frequency');
      }
    }
  }

  private count(block: number, occurrences: number): void {
    this.positionStarts[block + 1] = inRange(
      this.positionStarts[block]! + occurrences,
      0,
      0x7fff_ffff,
      'a term’s count',
    );
  }

  private readImpacts(reader: ByteReader, block: number): void {
    const count = inRange(reader.u8(), 1, MAX_IMPACTS, 'a block’s number of impacts');
    this.impactStarts[block + 1] = this.impactStarts[block]!;
    for (let i = 0; i < count; i++) {
      this.addImpact(block, inRange(reader.varint(), 1, 0x7fff_ffff, 'a frequency'), reader.u8());
    }
  }

  private addImpact(block: number, freq: number, norm: number): void {
    const at = this.impactStarts[block + 1]!++;
    if (at === this.impactFreqs.length) {
      const freqs = new Int32Array(at * 2);
      freqs.set(this.impactFreqs);
      this.impactFreqs = freqs;
      const norms = new Uint8Array(at * 2);
      norms.set(this.impactNorms);
      this.impactNorms = norms;
    }
    this.impactFreqs[at] = freq;
    this.impactNorms[at] = norm;
  }
}
