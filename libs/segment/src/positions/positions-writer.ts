import type { ByteWriter } from '#libs/kernel';
import { POSITIONS_BLOCK } from '../layout.ts';
import { pack, packedWords, widthOf } from '../postings/bit-packing.ts';

/** Encodes the position deltas of one term after another (FORMAT.md, "Positions"). */
export class PositionsWriter {
  private words = new Int32Array(1024);

  /** @param deltas per document the first position, then the differences */
  write(out: ByteWriter, deltas: Int32Array, count: number): void {
    const blocks = Math.floor(count / POSITIONS_BLOCK);
    if (blocks > 0) {
      const widths = new Uint8Array(blocks);
      let words = 0;
      for (let block = 0; block < blocks; block++) {
        widths[block] = widthOf(deltas, block * POSITIONS_BLOCK, POSITIONS_BLOCK);
        words += packedWords(widths[block]!);
      }
      if (words > this.words.length) this.words = new Int32Array(words * 2);
      for (let block = 0, at = 0; block < blocks; block++) {
        pack(deltas, block * POSITIONS_BLOCK, widths[block]!, this.words, at);
        at += packedWords(widths[block]!);
      }
      out
        .u32(words)
        .bytes(new Uint8Array(this.words.buffer, 0, 4 * words))
        .bytes(widths);
    }
    for (let i = blocks * POSITIONS_BLOCK; i < count; i++) out.varint(deltas[i]!);
  }
}
