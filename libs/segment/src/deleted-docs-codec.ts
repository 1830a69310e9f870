import { ByteReader, ByteWriter, assert, corrupt, crc32 } from '#libs/kernel';
import type { DeletedDocs } from './deleted-docs.ts';

/** "QDEL", little-endian. */
const MAGIC = 0x4c45_4451;
const FORMAT_VERSION = 1;

/** Magic, version, docCount, deletedCount (32 bits each), the words, crc32 of all before it. */
export function encodeDeletedDocs({ docCount, deletedCount, words }: DeletedDocs): Uint8Array {
  const out = new ByteWriter(4 * words.length + 32).u32(MAGIC).u32(FORMAT_VERSION).u32(docCount).u32(deletedCount);
  for (const word of words) out.u32(word);
  return out.u32(crc32(out.view())).toBytes();
}

/** Throws `corrupt`, also where the bitmap is one of a segment with another number of documents, or its count is wrong. */
export function decodeDeletedDocs(bytes: Uint8Array, docCount: number): DeletedDocs {
  const size = Math.ceil(docCount / 32);
  if (bytes.length !== 4 * size + 20) {
    throw corrupt(`deletes of ${docCount} documents take ${4 * size + 20} bytes, not ${bytes.length}`);
  }
  const reader = new ByteReader(bytes);
  const head = [reader.u32(), reader.u32(), reader.u32()];
  const deletedCount = reader.u32();
  const words = Uint32Array.from({ length: size }, () => reader.u32());
  if (crc32(bytes.subarray(0, reader.position)) !== reader.u32()) throw corrupt('deletes fail their checksum');
  if (head[0] !== MAGIC || head[1] !== FORMAT_VERSION || head[2] !== docCount) {
    throw corrupt(`these are not deletes of ${docCount} documents in format ${FORMAT_VERSION}: ${head.join(', ')}`);
  }
  const set = words.reduce((sum, word) => sum + bitCount(word), 0);
  const beyond = docCount % 32 === 0 ? 0 : words[size - 1]! >>> (docCount % 32);
  if (set !== deletedCount || beyond !== 0) {
    throw corrupt(`the deletes of ${docCount} documents say that they are ${deletedCount}, and there are ${set}`);
  }
  return { docCount, deletedCount, words };
}

/** Hamming weight; Warren, Hacker's Delight, figure 5-2. */
function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** The documents that are deleted in `previous` (of the same segment) and these. */
export function deletedDocsFrom(docCount: number, docs: Iterable<number>, previous?: DeletedDocs): DeletedDocs {
  assert(!previous || previous.docCount === docCount, 'deletes are added to those of the same segment');
  const words = previous ? previous.words.slice() : new Uint32Array(Math.ceil(docCount / 32));
  let deletedCount = previous?.deletedCount ?? 0;
  for (const doc of docs) {
    assert(doc >= 0 && doc < docCount, `document ${doc} of ${docCount} is deleted`);
    const bit = 1 << (doc & 31);
    if ((words[doc >>> 5]! & bit) !== 0) continue;
    words[doc >>> 5]! |= bit;
    deletedCount++;
  }
  return { docCount, deletedCount, words };
}
