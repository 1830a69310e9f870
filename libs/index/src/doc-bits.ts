import { assert, popCount } from '#libs/kernel';
import type { DeletedDocs } from '#libs/segment';

/**
 * A set of documents of one segment, one bit each as in DeletedDocs; undefined when empty. What an upsert replaces may be
 * nearly every document of an index: an eighth of a byte each keeps that in bounds.
 */
export type DocBits = Uint32Array | undefined;

/** Gathers documents; allocates with the first. */
export class DocBitsBuilder {
  bits: DocBits;

  constructor(private readonly docCount: number) {}

  add(doc: number): void {
    assert(doc >= 0 && doc < this.docCount, 'a document number lies within its segment');
    this.bits ??= new Uint32Array(Math.ceil(this.docCount / 32));
    this.bits[doc >>> 5]! |= 1 << (doc & 31);
  }
}

export function docBitsOf(docCount: number, docs: readonly number[]): DocBits {
  const builder = new DocBitsBuilder(docCount);
  for (const doc of docs) builder.add(doc);
  return builder.bits;
}

/** A new bitmap with these documents deleted too (bitmaps are immutable), and how many of them were not deleted before. */
export function markDeleted(
  before: DeletedDocs | undefined,
  docCount: number,
  bits: Uint32Array,
): { deleted: DeletedDocs; added: number } {
  const words = bits.slice();
  let deletedCount = 0;
  for (let i = 0; i < words.length; i++) {
    if (before) words[i]! |= before.words[i]!;
    deletedCount += popCount(words[i]!);
  }
  return { deleted: { docCount, deletedCount, words }, added: deletedCount - (before?.deletedCount ?? 0) };
}

/** Documents in a set. */
export function countDocs(bits: Uint32Array): number {
  let count = 0;
  for (const word of bits) count += popCount(word);
  return count;
}
