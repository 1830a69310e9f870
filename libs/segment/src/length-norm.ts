/**
 * Lucene's one-byte length norm (org.apache.lucene.util.SmallFloat.intToByte4): lengths up to 40 exactly, above with
 * 4 significant bits. Scores computed from it can be compared with Lucene's.
 */
const FREE = 255 - longToInt4(0x7fffffff);

function longToInt4(value: number): number {
  const bits = 32 - Math.clz32(value);
  if (bits < 4) return value;
  const shift = bits - 4;
  return ((value >>> shift) & 0x07) | ((shift + 1) << 3);
}

function int4ToLong(encoded: number): number {
  const mantissa = encoded & 0x07;
  const shift = (encoded >>> 3) - 1;
  return shift < 0 ? mantissa : (mantissa | 0x08) * 2 ** shift;
}

/** @param length tokens of the field in the document, 0 … 2^31-1 @returns 0 … 255, never falling as `length` rises */
export function encodeNorm(length: number): number {
  return length < FREE ? length : FREE + longToInt4(length - FREE);
}

/** The length that a norm byte stands for: at most the length that was encoded. */
export const decodeNorm = (norm: number): number => (norm < FREE ? norm : FREE + int4ToLong(norm - FREE));
