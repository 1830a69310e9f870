import type { ByteWriter } from '#libs/kernel';
import { MAX_IMPACTS } from '../layout.ts';
import { SHORTEST_RICE_LIST, writeRiceList } from '../rice/rice-list.ts';
import { pack, packedWords, widthOf } from './bit-packing.ts';
import { ImpactCollector } from './impacts.ts';
import { POSTINGS_BLOCK } from './postings.ts';

const wordBytes = (words: Int32Array, count: number): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, 4 * count);

/** Pairs worth keeping for a last block of `size` documents: a few bytes, not more than its postings. */
export const tailImpacts = (size: number): number => Math.min(MAX_IMPACTS, 1 + (size >> 4));

/** Encodes the postings of one term after another as the bodies that FORMAT.md describes. */
export class PostingsWriter {
  private readonly deltas = new Int32Array(POSTINGS_BLOCK);
  private readonly extras = new Int32Array(POSTINGS_BLOCK);
  private readonly impacts = new ImpactCollector();
  private words = new Int32Array(1024);

  /**
   * @param docs strictly ascending @param freqs ≥ 1, undefined for keyword fields
   * @param norms norm byte by document; looked at only with `freqs`
   */
  write(out: ByteWriter, docs: Int32Array, freqs: Int32Array | undefined, count: number, norms: Uint8Array): void {
    const blocks = Math.floor(count / POSTINGS_BLOCK);
    if (blocks > 0) this.writeBlocks(out, docs, freqs, blocks, norms);
    const at = blocks * POSTINGS_BLOCK;
    if (count > at) this.writeTail(out, docs, freqs, at, count - at, norms);
  }

  private writeBlocks(
    out: ByteWriter,
    docs: Int32Array,
    freqs: Int32Array | undefined,
    blocks: number,
    norms: Uint8Array,
  ): void {
    const widths = new Uint8Array(2 * blocks);
    let used = 0;
    for (let block = 0; block < blocks; block++) {
      const at = block * POSTINGS_BLOCK;
      let previous = at === 0 ? -1 : docs[at - 1]!;
      for (let i = 0; i < POSTINGS_BLOCK; i++) {
        const doc = docs[at + i]!;
        this.deltas[i] = doc - previous - 1;
        previous = doc;
      }
      widths[2 * block] = widthOf(this.deltas, 0, POSTINGS_BLOCK);
      used = this.packBlock(this.deltas, widths[2 * block]!, used);
      if (!freqs) continue;
      for (let i = 0; i < POSTINGS_BLOCK; i++) this.extras[i] = freqs[at + i]! - 1;
      widths[2 * block + 1] = widthOf(this.extras, 0, POSTINGS_BLOCK);
      used = this.packBlock(this.extras, widths[2 * block + 1]!, used);
    }
    out.u32(used).bytes(wordBytes(this.words, used));
    for (let block = 0; block < blocks; block++) {
      const at = block * POSTINGS_BLOCK;
      const last = docs[at + POSTINGS_BLOCK - 1]!;
      out.varint(last - (at === 0 ? -1 : docs[at - 1]!) - POSTINGS_BLOCK).u8(widths[2 * block]!);
      if (!freqs) continue;
      let occurrences = 0;
      for (let i = at; i < at + POSTINGS_BLOCK; i++) occurrences += freqs[i]!;
      out.u8(widths[2 * block + 1]!).varint(occurrences - POSTINGS_BLOCK);
      this.writeImpacts(out, docs, freqs, at, POSTINGS_BLOCK, norms, MAX_IMPACTS);
    }
  }

  /** The last block: packing a handful of documents would cost more than it saves. */
  private writeTail(
    out: ByteWriter,
    docs: Int32Array,
    freqs: Int32Array | undefined,
    at: number,
    size: number,
    norms: Uint8Array,
  ): void {
    if (freqs) {
      if (size === 1) out.u8(norms[docs[at]!]!);
      else this.writeImpacts(out, docs, freqs, at, size, norms, tailImpacts(size));
    }
    // The dictionary tells how often a term of one document occurs.
    if (at === 0 && size === 1) {
      out.varint(docs[0]!);
      return;
    }
    const { deltas, extras } = this;
    let previous = at === 0 ? -1 : docs[at - 1]!;
    for (let i = 0; i < size; i++) {
      deltas[i] = docs[at + i]! - previous - 1;
      previous = docs[at + i]!;
      if (freqs) extras[i] = freqs[at + i]! - 1;
    }
    if (size >= SHORTEST_RICE_LIST) {
      writeRiceList(out, deltas, 0, size);
      if (freqs) writeRiceList(out, extras, 0, size);
      return;
    }
    for (let i = 0; i < size; i++) {
      if (!freqs) out.varint(deltas[i]!);
      else if (extras[i] === 0) out.varint(2 * deltas[i]! + 1);
      else out.varint(2 * deltas[i]!).varint(extras[i]! + 1);
    }
  }

  private writeImpacts(
    out: ByteWriter,
    docs: Int32Array,
    freqs: Int32Array,
    at: number,
    size: number,
    norms: Uint8Array,
    limit: number,
  ): void {
    const { impacts } = this;
    impacts.collect(docs, freqs, at, size, norms, limit);
    out.u8(impacts.count);
    for (let i = 0; i < impacts.count; i++) out.varint(impacts.freqs[i]!).u8(impacts.norms[i]!);
  }

  private packBlock(values: Int32Array, width: number, used: number): number {
    const end = used + packedWords(width);
    if (end > this.words.length) {
      const grown = new Int32Array(end * 2);
      grown.set(this.words.subarray(0, used));
      this.words = grown;
    }
    pack(values, 0, width, this.words, used);
    return end;
  }
}
