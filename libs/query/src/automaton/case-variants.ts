import { mergeCharRanges, type CharRange } from './pattern.ts';

/** Beyond the scripts that have cases (the last is Adlam, U+1E900 … U+1E943). */
const END_OF_CASED = 0x1e944;

/**
 * Characters that are each other's upper or lower case, one for one, by the first; ß and its like, which become two, are
 * not among them.
 */
let pairs: readonly (readonly [number, number])[] | undefined;

function casePairs(): readonly (readonly [number, number])[] {
  if (pairs) return pairs;
  const found: [number, number][] = [];
  for (let codePoint = 0; codePoint < END_OF_CASED; codePoint++) {
    const char = String.fromCodePoint(codePoint);
    for (const variant of [char.toLowerCase(), char.toUpperCase()]) {
      const other = variant.codePointAt(0)!;
      if (other !== codePoint && variant.length === String.fromCodePoint(other).length) found.push([codePoint, other]);
    }
  }
  pairs = found;
  return found;
}

/** The characters, and those that differ from them in case alone. */
export function withCaseVariants(ranges: readonly CharRange[]): CharRange[] {
  const all = casePairs();
  const variants: CharRange[] = [];
  for (const { from, to } of ranges) {
    for (let at = firstFrom(all, from); at < all.length && all[at]![0] <= to; at++) {
      const other = all[at]![1];
      variants.push({ from: other, to: other });
    }
  }
  return variants.length === 0 ? [...ranges] : mergeCharRanges([...ranges, ...variants]);
}

/** The place of the first pair whose first character is at least `codePoint`; the pairs ascend by it. */
function firstFrom(all: readonly (readonly [number, number])[], codePoint: number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (all[middle]![0] < codePoint) low = middle + 1;
    else high = middle;
  }
  return low;
}
