import type { ByteWriter } from '#libs/kernel';
import { POSITIONS_BLOCK } from '../layout.ts';
import { riceShape, riceWords, writeRiceBlock } from '../rice/rice-block.ts';
import { SHORTEST_RICE_LIST, writeRiceList } from '../rice/rice-list.ts';

/** Encodes the position deltas of one term after another (FORMAT.md, "Positions"). */
export class PositionsWriter {
  private words = new Int32Array(1024);
  private shapes = new Uint8Array(64);

  /** @param deltas per document the first position, then the differences */
  write(out: ByteWriter, deltas: Int32Array, count: number): void {
    const blocks = Math.floor(count / POSITIONS_BLOCK);
    if (blocks > 0) this.writeBlocks(out, deltas, blocks);
    const at = blocks * POSITIONS_BLOCK;
    const rest = count - at;
    if (rest >= SHORTEST_RICE_LIST) writeRiceList(out, deltas, at, rest);
    else for (let i = at; i < count; i++) out.varint(deltas[i]!);
  }

  private writeBlocks(out: ByteWriter, deltas: Int32Array, blocks: number): void {
    if (2 * blocks > this.shapes.length) this.shapes = new Uint8Array(4 * blocks);
    let used = 0;
    for (let block = 0; block < blocks; block++) {
      const shape = riceShape(deltas, block * POSITIONS_BLOCK);
      this.shapes[2 * block] = shape.width;
      this.shapes[2 * block + 1] = shape.unaryWords;
      const end = used + riceWords(shape);
      if (end > this.words.length) {
        const grown = new Int32Array(end * 2);
        grown.set(this.words.subarray(0, used));
        this.words = grown;
      }
      writeRiceBlock(deltas, block * POSITIONS_BLOCK, shape, this.words, used);
      used = end;
    }
    out
      .u32(used)
      .bytes(new Uint8Array(this.words.buffer, 0, 4 * used))
      .bytes(this.shapes.subarray(0, 2 * blocks));
  }
}
