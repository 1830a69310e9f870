import { type ByteReader, ByteWriter, corrupt } from '#libs/kernel';
import type { UnitRange } from '../unit.ts';
import { inRange } from '../unit.ts';

/** Collects how many bytes of postings and positions the terms of each dictionary block have; it goes into the footer. */
export class BlockReachWriter {
  private readonly out = new ByteWriter();

  /** Of the block that is closed now; sums of sealed units, so multiples of 4. @param positions undefined for keyword fields */
  add(postings: number, positions: number | undefined): void {
    this.out.varint(postings / 4);
    if (positions !== undefined) this.out.varint(positions / 4);
  }

  writeTo(out: ByteWriter): void {
    out.bytes(this.out.view());
  }
}

/**
 * Where the postings and positions of each dictionary block's terms lie: what a query needs next is known before the block
 * itself has been read.
 */
export class BlockReach {
  private constructor(
    /** blockCount + 1 each: places in the object. */
    private readonly postingsAt: Float64Array,
    private readonly positionsAt: Float64Array | undefined,
  ) {}

  /** @param positions undefined for keyword fields. Both sections must be filled by what the blocks have. */
  static read(reader: ByteReader, blocks: number, postings: UnitRange, positions: UnitRange | undefined): BlockReach {
    const postingsAt = new Float64Array(blocks + 1);
    const positionsAt = positions && new Float64Array(blocks + 1);
    postingsAt[0] = postings.offset;
    if (positionsAt) positionsAt[0] = positions.offset;
    for (let block = 0; block < blocks; block++) {
      postingsAt[block + 1] = postingsAt[block]! + 4 * inRange(reader.varint(), 0, 2 ** 40, 'a block’s postings');
      if (positionsAt)
        positionsAt[block + 1] = positionsAt[block]! + 4 * inRange(reader.varint(), 0, 2 ** 40, 'a block’s positions');
    }
    checkEnd(postingsAt[blocks]!, postings);
    if (positionsAt) checkEnd(positionsAt[blocks]!, positions);
    return new BlockReach(postingsAt, positionsAt);
  }

  /** Empty where all postings stand in the block itself. */
  postings(block: number): UnitRange {
    return { offset: this.postingsAt[block]!, length: this.postingsAt[block + 1]! - this.postingsAt[block]! };
  }

  positions(block: number): UnitRange | undefined {
    const { positionsAt } = this;
    return positionsAt && { offset: positionsAt[block]!, length: positionsAt[block + 1]! - positionsAt[block]! };
  }
}

/** A section ends with less than 8 bytes of padding. */
function checkEnd(end: number, { offset, length }: UnitRange): void {
  if (end > offset + length || end <= offset + length - 8)
    throw corrupt(`the dictionary blocks’ postings or positions end at ${end}, their section at ${offset + length}`);
}
