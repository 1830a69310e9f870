import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { corrupt } from '#libs/kernel';

/** A set of documents as text for a partial, one bit each, deflated: the few of a large segment take a few bytes. */
export function packDocs(docs: Uint32Array): string {
  const bytes = new Uint8Array(docs.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of docs.entries()) view.setUint32(at * 4, word, true);
  return deflateRawSync(bytes).toString('base64');
}

/** @param words of the set. Throws `corrupt` for what is none of that size. */
export function unpackDocs(packed: string, words: number): Uint32Array {
  let bytes: Uint8Array;
  try {
    bytes = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: Math.max(1, words * 4) });
  } catch (error) {
    throw corrupt(`a set of documents of ${words} words cannot be unpacked: ${(error as Error).message}`);
  }
  if (bytes.length !== words * 4) {
    throw corrupt(`a set of documents has ${bytes.length} bytes where ${words * 4} were to be`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: words }, (_, at) => view.getUint32(at * 4, true));
}

/** The first `most` documents of a set. */
export function firstDocs(docs: Uint32Array, most: number): Uint32Array {
  const first = new Uint32Array(docs.length);
  let left = most;
  for (let at = 0; at < docs.length && left > 0; at++) {
    for (let word = docs[at]!; word !== 0 && left > 0; left--) {
      const lowest = word & -word;
      first[at]! |= lowest;
      word ^= lowest;
    }
  }
  return first;
}
