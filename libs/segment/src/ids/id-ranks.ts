import { ByteReader, ByteWriter } from '#libs/kernel';
import { aligned, sealUnit } from '../unit.ts';

/** Two bytes suffice up to so many documents. */
const NARROW = 0x1_0000;

/** @param ranks by document: its place in the order of (id, document) */
export function encodeIdRanks(ranks: Uint32Array): Uint8Array {
  const narrow = ranks.length <= NARROW;
  const out = new ByteWriter(ranks.length * (narrow ? 2 : 4) + 16);
  for (const rank of ranks)
    if (narrow) out.u16(rank);
    else out.u32(rank);
  return sealUnit(out, 8);
}

export function decodeIdRanks(body: Uint8Array, docCount: number): Uint16Array | Uint32Array {
  const width = docCount <= NARROW ? 2 : 4;
  const bytes = aligned(new ByteReader(body).bytes(docCount * width), width);
  return width === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, docCount)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, docCount);
}
