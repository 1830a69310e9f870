/** High parts are unary, so low parts may take all the bits of a 31-bit value but one. */
export const MAX_RICE_WIDTH = 30;

/** Bits that the values take with `width` low bits each and the rest in unary. */
function bitsFor(values: Int32Array, at: number, count: number, width: number): number {
  let bits = count * (width + 1);
  for (let i = at; i < at + count; i++) bits += values[i]! >>> width;
  return bits;
}

/**
 * The width of the low parts with which values[at … at + count) take the fewest bits in Rice's code. Near the logarithm
 * of the mean, where the optimum of geometric distributions lies; its neighbours are tried too.
 */
export function riceWidth(values: Int32Array, at: number, count: number): number {
  let sum = 0;
  for (let i = at; i < at + count; i++) sum += values[i]!;
  const guess = Math.min(MAX_RICE_WIDTH, Math.max(0, Math.floor(Math.log2(Math.max(1, (sum / count) * Math.LN2)))));
  let best = guess;
  let fewest = bitsFor(values, at, count, guess);
  for (const width of [guess - 1, guess + 1]) {
    if (width < 0 || width > MAX_RICE_WIDTH) continue;
    const bits = bitsFor(values, at, count, width);
    if (bits >= fewest) continue;
    fewest = bits;
    best = width;
  }
  return best;
}
