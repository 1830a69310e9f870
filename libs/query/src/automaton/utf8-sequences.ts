import type { CharRange } from './pattern.ts';

/** Bytes [from, to]. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** The largest code points of one to four bytes; surrogates, which UTF-8 has no form for, lie between. */
const PIECES: readonly CharRange[] = [
  { from: 0, to: 0x7f },
  { from: 0x80, to: 0x7ff },
  { from: 0x800, to: 0xd7ff },
  { from: 0xe000, to: 0xffff },
  { from: 0x1_0000, to: 0x10_ffff },
];

/** The UTF-8 forms of a range of code points: one sequence for each run of bytes that may vary freely. */
export function utf8Sequences({ from, to }: CharRange): ByteRange[][] {
  return PIECES.flatMap((piece) => {
    const [low, high] = [Math.max(from, piece.from), Math.min(to, piece.to)];
    return low > high ? [] : between(encode(low), encode(high));
  });
}

const encode = (codePoint: number): number[] => [...Buffer.from(String.fromCodePoint(codePoint), 'utf8')];

const CONTINUATION: ByteRange = { from: 0x80, to: 0xbf };

/** @param low @param high of the same length */
function between(low: readonly number[], high: readonly number[]): ByteRange[][] {
  const [first, last] = [low[0]!, high[0]!];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  if (low.length === 1) return [[{ from: first, to: last }]];
  const startingWith = (byte: number, rest: ByteRange[][]): ByteRange[][] =>
    rest.map((sequence) => [{ from: byte, to: byte }, ...sequence]);
  if (first === last) return startingWith(first, between(lowRest, highRest));
  const lowest = lowRest.every((byte) => byte === CONTINUATION.from);
  const highest = highRest.every((byte) => byte === CONTINUATION.to);
  const [from, to] = [lowest ? first : first + 1, highest ? last : last - 1];
  return [
    ...(lowest
      ? []
      : startingWith(
          first,
          between(
            lowRest,
            lowRest.map(() => CONTINUATION.to),
          ),
        )),
    ...(from > to ? [] : [[{ from, to }, ...lowRest.map(() => CONTINUATION)]]),
    ...(highest
      ? []
      : startingWith(
          last,
          between(
            highRest.map(() => CONTINUATION.from),
            highRest,
          ),
        )),
  ];
}
