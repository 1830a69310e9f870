import { decodeNorm, encodeNorm } from './length-norm.ts';

describe('length norms', () => {
  it('are those of Lucene’s SmallFloat.intToByte4', () => {
    // From org.apache.lucene.util.TestSmallFloat and the definition: exact to 40, 4 significant bits above.
    for (let length = 0; length <= 40; length++)
      expect([encodeNorm(length), decodeNorm(length)]).toEqual([length, length]);
    expect([41, 42, 44, 56, 57, 100, 1000, 1_000_000].map((length) => decodeNorm(encodeNorm(length)))).toEqual([
      40, 42, 44, 56, 56, 96, 984, 983_064,
    ]);
    expect(encodeNorm(0x7fff_ffff)).toBe(255);
    expect(decodeNorm(255)).toBe(2_013_265_944);
  });

  it('never fall as lengths rise, and never stand for more than the length', () => {
    let previous = 0;
    for (let length = 0; length < 0x7fff_ffff; length = Math.max(length + 1, Math.floor(length * 1.001))) {
      const norm = encodeNorm(length);
      expect(norm).toBeGreaterThanOrEqual(previous);
      expect(decodeNorm(norm)).toBeLessThanOrEqual(length);
      previous = norm;
    }
    for (let norm = 0; norm < 256; norm++) expect(encodeNorm(decodeNorm(norm))).toBe(norm);
  });
});
