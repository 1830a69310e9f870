import { ByteReader, corrupt } from '#libs/kernel';
import { inRange } from '../unit.ts';
import { DENSE_NORMS, SPARSE_NORMS } from './norms-writer.ts';

/** One byte a document; a view of the unit where it is dense. */
export function decodeNorms(body: Uint8Array, docCount: number): Uint8Array {
  const reader = new ByteReader(body);
  const form = reader.u8();
  if (form === DENSE_NORMS) return reader.bytes(docCount);
  if (form !== SPARSE_NORMS) throw corrupt(`norms have the unknown form ${form}`);
  const norms = new Uint8Array(docCount);
  const count = reader.varint();
  let doc = -1;
  for (let i = 0; i < count; i++) {
    doc = inRange(doc + 1 + reader.varint(), 0, docCount - 1, 'a document');
    norms[doc] = reader.u8();
  }
  return norms;
}
