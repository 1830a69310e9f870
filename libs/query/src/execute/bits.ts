import type { DeletedDocs } from '#libs/segment';

/** A set of documents: bit d & 31 of word d >>> 5. Bits from docCount on are 0. */
export type Bits = Uint32Array;

export const emptyBits = (docCount: number): Bits => new Uint32Array((docCount + 31) >>> 5);

export function fullBits(docCount: number): Bits {
  const bits = emptyBits(docCount).fill(0xffffffff);
  clearTail(bits, docCount);
  return bits;
}

const clearTail = (bits: Bits, docCount: number): void => {
  if ((docCount & 31) !== 0) bits[bits.length - 1]! &= 2 ** (docCount & 31) - 1;
};

export const hasBit = (bits: Bits, doc: number): boolean => ((bits[doc >>> 5]! >>> (doc & 31)) & 1) === 1;

export const setBit = (bits: Bits, doc: number): void => {
  bits[doc >>> 5]! |= 1 << (doc & 31);
};

/** a := a ∩ b */
export function intersect(a: Bits, b: Bits): void {
  for (let i = 0; i < a.length; i++) a[i]! &= b[i]!;
}

/** a := a ∪ b */
export function unite(a: Bits, b: Bits): void {
  for (let i = 0; i < a.length; i++) a[i]! |= b[i]!;
}

/** a := a \ b */
export function subtract(a: Bits, b: Bits): void {
  for (let i = 0; i < a.length; i++) a[i]! &= ~b[i]!;
}

export function countBits(bits: Bits): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) {
    // Hacker's Delight, 5-2.
    let word = bits[i]!;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** The first document ≥ from, or -1. */
export function nextBit(bits: Bits, from: number): number {
  let at = from >>> 5;
  if (at >= bits.length) return -1;
  let word = (bits[at]! >>> (from & 31)) << (from & 31);
  while (word === 0) {
    at++;
    if (at === bits.length) return -1;
    word = bits[at]!;
  }
  return (at << 5) + 31 - Math.clz32(word & -word);
}

/** The documents of a set, ascending. */
export function docsOf(bits: Bits): Int32Array {
  const docs = new Int32Array(countBits(bits));
  let count = 0;
  for (let at = 0; at < bits.length; at++) {
    let word = bits[at]!;
    while (word !== 0) {
      const lowest = word & -word;
      docs[count++] = (at << 5) + 31 - Math.clz32(lowest);
      word ^= lowest;
    }
  }
  return docs;
}

/** Calls for each document of a set, ascending. */
export function forEachBit(bits: Bits, call: (doc: number) => void): void {
  for (let at = 0; at < bits.length; at++) {
    let word = bits[at]!;
    while (word !== 0) {
      const lowest = word & -word;
      call((at << 5) + 31 - Math.clz32(lowest));
      word ^= lowest;
    }
  }
}

const liveBits = new WeakMap<DeletedDocs, Bits>();

/** The documents that are not deleted; undefined: all of them. Kept as long as the bitmap of deletes is. */
export function liveDocs(deleted: DeletedDocs | undefined): Bits | undefined {
  if (!deleted || deleted.deletedCount === 0) return undefined;
  let live = liveBits.get(deleted);
  if (!live) {
    live = emptyBits(deleted.docCount);
    for (let i = 0; i < live.length; i++) live[i] = ~deleted.words[i]!;
    clearTail(live, deleted.docCount);
    liveBits.set(deleted, live);
  }
  return live;
}
