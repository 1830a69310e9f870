/**
 * Blocks of 128 integers of one bit width (0 … 31), in four lanes of 32: value i stands in lane i / 32, and word k of
 * lane l is at 4k + l, so that one shift serves four values (the vertical layout of Lemire and Boytsov, "Decoding
 * billions of integers per second through vectorization", 2015, here for V8's registers). A block takes 4·width words.
 */
export const PACKED_BLOCK = 128;
export const MAX_WIDTH = 31;

const LANE = 32;

export const packedWords = (width: number): number => 4 * width;

/** Bits that the largest of `count` non-negative values from `at` needs. */
export function widthOf(values: Int32Array, at: number, count: number): number {
  let all = 0;
  for (let i = at; i < at + count; i++) all |= values[i]!;
  return 32 - Math.clz32(all);
}

/** Packs values[at … at + 128) into words[to … to + 4·width). */
export function pack(values: Int32Array, at: number, width: number, words: Int32Array, to: number): void {
  words.fill(0, to, to + packedWords(width));
  if (width === 0) return;
  for (let lane = 0; lane < 4; lane++) {
    let word = to + lane;
    let shift = 0;
    for (let i = 0; i < LANE; i++) {
      const value = values[at + lane * LANE + i]!;
      words[word]! |= value << shift;
      shift += width;
      if (shift >= 32) {
        shift -= 32;
        word += 4;
        if (shift > 0) words[word]! |= value >>> (width - shift);
      }
    }
  }
}

/** Unpacks the block whose words begin at `at` into out[0 … 128). */
export function unpack(words: Int32Array, at: number, width: number, out: Int32Array): void {
  if (width === 0) {
    out.fill(0, 0, PACKED_BLOCK);
    return;
  }
  const mask = (1 << width) - 1;
  let k = at;
  let a = words[k]!;
  let b = words[k + 1]!;
  let c = words[k + 2]!;
  let d = words[k + 3]!;
  let shift = 0;
  for (let i = 0; i < LANE - 1; i++) {
    let v = a >>> shift;
    let w = b >>> shift;
    let x = c >>> shift;
    let y = d >>> shift;
    shift += width;
    if (shift >= 32) {
      shift -= 32;
      k += 4;
      a = words[k]!;
      b = words[k + 1]!;
      c = words[k + 2]!;
      d = words[k + 3]!;
      if (shift > 0) {
        const up = width - shift;
        v |= a << up;
        w |= b << up;
        x |= c << up;
        y |= d << up;
      }
    }
    out[i] = v & mask;
    out[i + 32] = w & mask;
    out[i + 64] = x & mask;
    out[i + 96] = y & mask;
  }
  // The last value of a lane ends with its last word.
  out[31] = a >>> shift;
  out[63] = b >>> shift;
  out[95] = c >>> shift;
  out[127] = d >>> shift;
}

/** Value `index` of the block whose words begin at `at`: what `unpack` would put to out[index]. */
export function unpackOne(words: Int32Array, at: number, width: number, index: number): number {
  if (width === 0) return 0;
  const bit = (index & (LANE - 1)) * width;
  const word = at + (index >>> 5) + 4 * (bit >>> 5);
  const shift = bit & 31;
  let value = words[word]! >>> shift;
  if (shift + width > 32) value |= words[word + 4]! << (32 - shift);
  return value & ((1 << width) - 1);
}
