import { character, EMPTY_STRING, type Pattern } from './pattern.ts';

const ZERO = '0'.codePointAt(0)!;
const digit = (from: number, to: number): Pattern => ({
  kind: 'characters',
  ranges: [{ from: ZERO + from, to: ZERO + to }],
});
const anyDigits = (count: number): Pattern => ({ kind: 'repeat', of: digit(0, 9), min: count, max: count });
const sequence = (...parts: Pattern[]): Pattern => ({ kind: 'sequence', parts });
const choice = (...parts: Pattern[]): Pattern => ({ kind: 'choice', parts });

/**
 * The decimal numbers from one to another, both given as digits. Ends with as many digits as each other stand for
 * numbers of that many digits, zeros in front included; else zeros may stand in front or not. As Lucene's `<n-m>`.
 */
export function decimalInterval(one: string, other: string): Pattern {
  const inOrder = BigInt(one) <= BigInt(other);
  const [from, to] = inOrder ? [one, other] : [other, one];
  if (from.length === to.length) return between(from, to);
  const [low, high] = [BigInt(from).toString(), BigInt(to).toString()];
  const lengths = Array.from({ length: high.length - low.length + 1 }, (_, i) => low.length + i);
  const zeros: Pattern = { kind: 'repeat', of: character(ZERO), min: 0, max: Infinity };
  return sequence(
    zeros,
    choice(
      ...lengths.map((length) =>
        between(
          length === low.length ? low : `1${'0'.repeat(length - 1)}`,
          length === high.length ? high : '9'.repeat(length),
        ),
      ),
    ),
  );
}

/** @param low @param high digits, as many */
function between(low: string, high: string): Pattern {
  if (low === '') return EMPTY_STRING;
  const [first, last] = [Number(low[0]), Number(high[0])];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  if (first === last) return sequence(digit(first, first), between(lowRest, highRest));
  return choice(
    sequence(digit(first, first), between(lowRest, '9'.repeat(lowRest.length))),
    ...(last - first > 1 ? [sequence(digit(first + 1, last - 1), anyDigits(lowRest.length))] : []),
    sequence(digit(last, last), between('0'.repeat(highRest.length), highRest)),
  );
}
