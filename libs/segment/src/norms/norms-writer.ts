import { ByteWriter } from '#libs/kernel';
import { sealUnit } from '../unit.ts';

/** First byte of the unit. */
export const DENSE_NORMS = 0;
export const SPARSE_NORMS = 1;

/**
 * The unit of a field's norms: one byte a document, or where few documents have the field, varint(documents skipped)
 * and the norm for each that has.
 * @param docs ascending @param norms of those documents @param dense by document, 0 where absent
 */
export function encodeNorms(docs: Uint32Array, norms: Uint8Array, count: number, dense: Uint8Array): Uint8Array {
  if (3 * count >= dense.length) return sealUnit(new ByteWriter(dense.length + 16).u8(DENSE_NORMS).bytes(dense), 8);
  const out = new ByteWriter(2 * count + 16).u8(SPARSE_NORMS).varint(count);
  let next = 0;
  for (let i = 0; i < count; i++) {
    out.varint(docs[i]! - next).u8(norms[i]!);
    next = docs[i]! + 1;
  }
  return sealUnit(out, 8);
}
