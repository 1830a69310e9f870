import fc from 'fast-check';
import { ExactSum, sumOfParts } from './exact-sum.ts';

const values = fc.array(
  fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
    fc.constantFrom(0.1, 0.2, 1e16, 1, -1e16, 2 ** 53 - 1, 5e-324, -0),
  ),
  { maxLength: 20 },
);
const partsOf = (list: readonly number[]): readonly number[] | null => {
  const sum = new ExactSum();
  for (const value of list) sum.add(value);
  return sum.toParts();
};

/** In units of the smallest double: any double is a whole number of them. */
function units(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const exponent = bits >> 52n;
  const mantissa = bits & ((1n << 52n) - 1n);
  const size = exponent === 0n ? mantissa : (mantissa | (1n << 52n)) << (exponent - 1n);
  return value < 0 ? -size : size;
}

describe('ExactSum', () => {
  it('loses nothing, and is the double next to the true sum', () => {
    fc.assert(
      fc.property(values, (list) => {
        const parts = partsOf(list)!;
        const exact = list.reduce((sum, value) => sum + units(value), 0n);
        expect(parts.reduce((sum, part) => sum + units(part), 0n)).toBe(exact);
        // No double is nearer: the error is at most half the gap to either neighbour.
        const rounded = sumOfParts(parts)!;
        const error = exact - units(rounded);
        const gap =
          (units(rounded === 0 ? 5e-324 : Math.abs(rounded) * (1 + 2 ** -52)) - units(Math.abs(rounded))) * 2n;
        expect((error < 0n ? -error : error) <= (gap > 1n ? gap : 1n)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('has one form, whatever the order and the split', () => {
    fc.assert(
      fc.property(values, fc.nat(20), (list, cut) => {
        const expected = partsOf(list);
        expect(partsOf(list.toReversed())).toEqual(expected);
        const [a, b] = [partsOf(list.slice(0, cut)), partsOf(list.slice(cut))];
        expect(ExactSum.of(a).addParts(b).toParts()).toEqual(expected);
        expect(ExactSum.of(b).addParts(a).toParts()).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('sums what naive addition does not', () => {
    expect(partsOf([0.1, 0.2, 0.3, -0.6])).not.toEqual([0]);
    expect(sumOfParts(partsOf([1e16, 1, -1e16]))).toBe(1);
    expect(sumOfParts(partsOf(Array.from({ length: 10 }, () => 0.1)))).toBe(1);
    expect(partsOf([])).toEqual([]);
  });

  it('says so when a sum is beyond doubles', () => {
    expect(sumOfParts(partsOf([1.7e308, 1.7e308]))).toBeNull();
    expect(ExactSum.of(null).addParts([1]).toParts()).toBeNull();
  });
});
