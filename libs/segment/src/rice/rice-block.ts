import { corrupt, popCount } from '#libs/kernel';
import { PACKED_BLOCK, pack, packedWords, unpack, unpackOne } from '../postings/bit-packing.ts';
import { riceWidth } from './rice-parameter.ts';

/**
 * A block of 128 integers below 2^31 in Rice's code (Rice, "Some practical universal noiseless coding techniques", 1979), its
 * two parts apart as in Elias and Fano's: first 4·width words of packed low bits, which are unpacked without a branch, then
 * the high parts in unary: for each value as many zeros and a one, from the lowest bit of the first word on.
 */
export interface RiceShape {
  readonly width: number;
  readonly unaryWords: number;
}

export const riceWords = ({ width, unaryWords }: RiceShape): number => packedWords(width) + unaryWords;

const low = new Int32Array(PACKED_BLOCK);

/** How values[at … at + 128) are best written. At most 255 unary words: with the best width they are some 16. */
export function riceShape(values: Int32Array, at: number): RiceShape {
  const width = riceWidth(values, at, PACKED_BLOCK);
  let bits = PACKED_BLOCK;
  for (let i = at; i < at + PACKED_BLOCK; i++) bits += values[i]! >>> width;
  return { width, unaryWords: (bits + 31) >>> 5 };
}

/** Writes values[at … at + 128) to words[to … to + riceWords). */
export function writeRiceBlock(
  values: Int32Array,
  at: number,
  { width, unaryWords }: RiceShape,
  words: Int32Array,
  to: number,
): void {
  const mask = 2 ** width - 1;
  for (let i = 0; i < PACKED_BLOCK; i++) low[i] = values[at + i]! & mask;
  pack(low, 0, width, words, to);
  const unary = to + packedWords(width);
  words.fill(0, unary, unary + unaryWords);
  let bit = -1;
  for (let i = 0; i < PACKED_BLOCK; i++) {
    bit += (values[at + i]! >>> width) + 1;
    words[unary + (bit >>> 5)]! |= 1 << (bit & 31);
  }
}

/** Reads the block whose words begin at `at` into out[0 … 128). Throws `corrupt`. */
export function readRiceBlock(words: Int32Array, at: number, { width, unaryWords }: RiceShape, out: Int32Array): void {
  unpack(words, at, width, out);
  const unary = at + packedWords(width);
  let i = 0;
  let next = 0;
  let highs = 0;
  for (let word = 0; word < unaryWords; word++) {
    for (let bits = words[unary + word]!; bits !== 0; bits &= bits - 1) {
      const bit = (word << 5) + 31 - Math.clz32(bits & -bits);
      if (i === PACKED_BLOCK) throw corrupt('a block has more than 128 values');
      const high = bit - next;
      highs |= high;
      out[i++]! += high << width;
      next = bit + 1;
    }
  }
  if (i !== PACKED_BLOCK) throw corrupt(`a block has ${i} values instead of 128`);
  if (highs > 0x7fff_ffff >>> width) throw corrupt('a value of a block has more than 31 bits');
}

/**
 * Reads only out[from … to) of the block: whole words before them are passed over by counting. What does not lie in the
 * range is not looked at, so a block that is damaged elsewhere is not found out here. Throws `corrupt`.
 */
export function readRiceRange(
  words: Int32Array,
  at: number,
  { width, unaryWords }: RiceShape,
  from: number,
  to: number,
  out: Int32Array,
): void {
  const unary = at + packedWords(width);
  const highest = 0x7fff_ffff >>> width;
  let i = 0;
  let next = 0;
  for (let word = 0; word < unaryWords; word++) {
    let bits = words[unary + word]!;
    if (i < from) {
      const ones = popCount(bits);
      if (i + ones <= from) {
        i += ones;
        if (ones > 0) next = (word << 5) + 32 - Math.clz32(bits);
        continue;
      }
    }
    for (; bits !== 0; bits &= bits - 1) {
      const bit = (word << 5) + 31 - Math.clz32(bits & -bits);
      if (i >= from) {
        const high = bit - next;
        if (high > highest) throw corrupt('a value of a block has more than 31 bits');
        out[i] = (high << width) + unpackOne(words, at, width, i);
        if (i + 1 === to) return;
      }
      i++;
      next = bit + 1;
    }
  }
  throw corrupt(`a block has ${i} values instead of 128`);
}
