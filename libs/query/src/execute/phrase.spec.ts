import { phrase, request } from '#libs/testing';
import { buildSegment, testSchema } from '../testing/build-segments.ts';
import { runSearch } from '../testing/run-search.ts';
import { ExecutionWatch } from './execution-watch.ts';
import { SloppyFreq } from './sloppy-freq.ts';

/** The frequency of a phrase in a text, after Lucene's SloppyPhraseMatcher. */
function sloppyFreq(text: string, words: string, slop: number): number {
  const terms = words.split(' ');
  const freq = new SloppyFreq(
    terms.map((term) => [term]),
    [...terms.keys()],
    slop,
    new ExecutionWatch(),
  );
  for (const [place, term] of terms.entries()) {
    const positions = text.split(' ').flatMap((word, at) => (word === term ? [at] : []));
    if (positions.length === 0) return 0;
    freq.load(place, {
      freq: () => positions.length,
      positions: (out: Int32Array) => {
        out.set(positions);
        return positions.length;
      },
    });
  }
  return freq.freq();
}

describe('a sloppy phrase', () => {
  it.each([
    ['a b', 'a b', 1, 1],
    ['a x b', 'a b', 1, 1 / 2],
    ['a x b', 'a b', 0, 0],
    ['a x x b', 'a b', 1, 0],
    // Two words the other way round are two moves apart.
    ['b a', 'a b', 1, 0],
    ['b a', 'a b', 2, 1 / 3],
    ['a b x a x b', 'a b', 1, 3 / 2],
    ['a b c', 'a c', 1, 1 / 2],
    ['a a', 'a a', 1, 1],
    // One word cannot stand for both.
    ['a', 'a a', 5, 0],
    ['a x a', 'a a', 1, 1 / 2],
    ['c b a', 'a b c', 4, 1 / 5],
    ['c b a', 'a b c', 3, 0],
  ])('%j has %j ~%i with frequency %f', (text, words, slop, expected) => {
    expect(sloppyFreq(text, words, slop)).toBeCloseTo(expected, 12);
  });

  it('does not reach from one value of a field into the next', async () => {
    const schema = testSchema({ body: { type: 'text' } });
    const documents = [
      { id: '1', values: { body: ['x a', 'b y'] } },
      { id: '2', values: { body: ['x a z b'] } },
      { id: '3', values: { body: ['a b'] } },
    ];
    const segment = await buildSegment('s', documents, schema);
    const found = async (slop: number): Promise<string[]> =>
      (await runSearch([segment], request(phrase('body', 'a b', slop)), schema)).hits.map(({ id }) => id);
    expect(await found(0)).toEqual(['3']);
    expect(await found(5)).toEqual(['3', '2']);
    expect((await found(150)).toSorted()).toEqual(['1', '2', '3']);
  });
});
