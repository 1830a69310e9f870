import fc from 'fast-check';
import { encodeUtf8 } from '#libs/kernel';
import { HyperLogLog } from './hyper-log-log.ts';
import { hashNumber, murmur3 } from './murmur3.ts';
import { EXACT_VALUES, QuantileSketch } from './quantile-sketch.ts';

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Values dealt to parts, and the parts' states folded, through JSON. */
function dealt<S>(values: readonly number[], parts: number, stateOf: (part: readonly number[]) => S): S[] {
  return Array.from({ length: parts }, (_, part) =>
    throughJson(stateOf(values.filter((__, at) => at % parts === part))),
  );
}

describe('murmur3', () => {
  // The first 52 bits of what the reference implementation gives for these.
  it.each([
    ['', 0, 0],
    ['The quick brown fox jumps over the lazy dog', 0x2f1583c3, 0xecee2c67],
  ])('of %j', (text, high, next) => {
    const hash = murmur3(encodeUtf8(text));
    expect(Math.floor(hash / 2 ** 20)).toBe(high);
    expect(hash % 2 ** 20).toBe(next >>> 12);
  });

  it('takes 0 and -0 for one number', () => {
    expect(hashNumber(-0)).toBe(hashNumber(0));
  });
});

describe('HyperLogLog', () => {
  const sketchOf = (values: readonly number[], threshold: number): HyperLogLog => {
    const sketch = new HyperLogLog(threshold);
    for (const value of values) sketch.add(hashNumber(value));
    return sketch;
  };

  it('is exact up to the threshold, and the same however values are dealt', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 }),
        fc.constantFrom(0, 10, 100),
        fc.constantFrom(1, 2, 5),
        (values, threshold, parts) => {
          const whole = sketchOf(values, threshold);
          const states = dealt(values, parts, (part) => sketchOf(part, threshold).toState());
          const folded = new HyperLogLog(threshold);
          for (const state of states.toReversed()) folded.addState(state);
          expect(folded.toState()).toEqual(whole.toState());
          const different = new Set(values).size;
          if (different <= threshold) expect(whole.count()).toBe(different);
        },
      ),
    );
  });

  it.each([100, 3000, 40_000])('with a threshold of %d stays within four standard errors', (threshold) => {
    const sketch = new HyperLogLog(threshold);
    const registers = 2 ** Math.ceil(Math.log2(Math.ceil(threshold / 0.75) * 4));
    for (let count = 1; count <= 200_000; count++) {
      sketch.add(hashNumber(count));
      if (count % 40_000 !== 0) continue;
      expect(Math.abs(sketch.count() / count - 1)).toBeLessThan((4 * 1.04) / Math.sqrt(registers));
    }
  });
});

describe('QuantileSketch', () => {
  const accuracy = 0.01;
  const sketchOf = (values: readonly number[]): QuantileSketch => {
    const sketch = new QuantileSketch(accuracy);
    for (const value of values) sketch.add(value);
    return sketch;
  };
  const value = fc.oneof(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.constantFrom(0, 1e-300, 1e300, -1e-5),
    fc.integer({ min: -50, max: 50 }),
  );

  it('is the same however values are dealt', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 2 * EXACT_VALUES }), fc.constantFrom(1, 2, 5), (list, parts) => {
        const states = dealt(list, parts, (part) => sketchOf(part).toState());
        const folded = new QuantileSketch(accuracy);
        for (const state of states.toReversed()) folded.addState(state);
        expect(folded.toState()).toEqual(throughJson(sketchOf(list).toState()));
      }),
    );
  });

  it('knows every percentile to its relative error, and ranks between those of the values near by', () => {
    const many = fc.array(value, { minLength: EXACT_VALUES + 1, maxLength: 400, size: 'max' });
    fc.assert(
      fc.property(many, fc.integer({ min: 0, max: 100 }), (list, percent) => {
        const sketch = sketchOf(list);
        const sorted = list.toSorted((a, b) => a - b);
        const exact = sorted[Math.floor((percent / 100) * (sorted.length - 1))]!;
        const error = Math.abs(sketch.percentile(percent)! - exact);
        expect(error).toBeLessThanOrEqual(Math.abs(exact) * accuracy * (1 + 1e-9));
        const share = (limit: number): number => (100 * list.filter((one) => one <= limit).length) / list.length;
        const slack = Math.abs(exact) * 2.1 * accuracy;
        const rank = sketch.rank(exact)!;
        expect(rank).toBeGreaterThanOrEqual(share(exact - slack) - 1e-9);
        expect(rank).toBeLessThanOrEqual(share(exact + slack) + 1e-9);
      }),
    );
  });
});
