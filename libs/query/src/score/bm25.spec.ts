import fc from 'fast-check';
import { match, phrase, request, term } from '#libs/testing';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import { bm25, inverseDocFreq, leastReach, normInverses } from './bm25.ts';

const schema = testSchema({ body: { type: 'text' }, tag: { type: 'keyword' } });

const tf = (freq: number, length: number): number => freq / (freq + 1.2 * (0.25 + (0.75 * length) / (7 / 3)));

describe('BM25', () => {
  it('is what Lucene 9 explains for a hand-made index', async () => {
    // idf(x) = ln(1 + (3 - 2 + 0.5) / (2 + 0.5)) = ln 1.6, avgdl = 7 / 3; idf(y) = ln(1 + 2.5 / 1.5)
    const documents = [
      { id: 'a', values: { body: ['x y'], tag: ['t'] } },
      { id: 'b', values: { body: ['x x z z'], tag: ['t'] } },
      { id: 'c', values: { body: ['z'], tag: ['u'] } },
    ];
    const segment = await buildSegment('s', documents, schema);
    const scores = async (query: ReturnType<typeof match>): Promise<unknown> =>
      (await runSearch([segment], request(query), schema)).hits.map(({ id, score }) => [id, Number(score!.toFixed(6))]);
    expect(await scores(match('body', 'x'))).toEqual([
      ['b', Number((Math.log(1.6) * tf(2, 4)).toFixed(6))],
      ['a', Number((Math.log(1.6) * tf(1, 2)).toFixed(6))],
    ]);
    expect(await scores(phrase('body', 'x y'))).toEqual([
      ['a', Number(((Math.log(1.6) + Math.log(1 + 2.5 / 1.5)) * tf(1, 2)).toFixed(6))],
    ]);
    // A keyword has no length: tf = 1 / (1 + 1.2).
    expect(await scores(term('tag', 'u'))).toEqual([['c', Number((Math.log(1 + 2.5 / 1.5) / 2.2).toFixed(6))]]);
  });

  it('never rises with length nor falls with frequency, to the last bit', () => {
    const inverses = normInverses(17.3);
    const weight = inverseDocFreq(3, 1000);
    for (let norm = 1; norm < 256; norm++) {
      for (let freq = 1; freq < 40; freq++) {
        const score = bm25(weight, freq, inverses[norm]!);
        expect(score <= bm25(weight, freq, inverses[norm - 1]!)).toBe(true);
        expect(score <= bm25(weight, freq + 1, inverses[norm]!)).toBe(true);
      }
    }
  });

  it('takes statistics that lag behind for what they are', () => {
    expect(inverseDocFreq(10, 5)).toBeGreaterThan(0);
    expect(inverseDocFreq(0, 0)).toBeCloseTo(Math.log(2));
  });

  it('passes over by reach only what would score less', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.double({ min: 1e-4, max: 1e7, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (weight, reach, share) => {
          const score = bm25(weight, 1, reach);
          expect(reach).toBeGreaterThanOrEqual(leastReach(weight, score));
          const higher = score + (weight - score) * share;
          if (reach < leastReach(weight, higher)) expect(score).toBeLessThan(higher);
        },
      ),
      { numRuns: 2000 },
    );
    expect([leastReach(1, -1), leastReach(1, 1.5)]).toEqual([0, Infinity]);
  });
});
