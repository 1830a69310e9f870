import fc from 'fast-check';
import { pack, packedWords, unpack, unpackOne, widthOf } from './bit-packing.ts';

describe('bit packing', () => {
  it('gives back any block of any width, and touches nothing beside it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 31 }), fc.infiniteStream(fc.nat(0x7fff_ffff)), (width, stream) => {
        const limit = 2 ** width;
        const values = Int32Array.from({ length: 130 }, () => stream.next().value! % limit);
        const words = new Int32Array(packedWords(width) + 6).fill(-1);
        pack(values, 1, width, words, 3);
        const out = new Int32Array(128);
        unpack(words, 3, width, out);
        expect(out).toEqual(values.slice(1, 129));
        expect(out.map((_, i) => unpackOne(words, 3, width, i))).toEqual(out);
        expect([...words.subarray(0, 3), ...words.subarray(-3)]).toEqual([-1, -1, -1, -1, -1, -1]);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the width of the largest value', () => {
    expect(widthOf(Int32Array.of(9, 0, 0), 1, 2)).toBe(0);
    expect(widthOf(Int32Array.of(1, 4, 2), 0, 3)).toBe(3);
    expect(widthOf(Int32Array.of(0x7fff_ffff), 0, 1)).toBe(31);
  });
});
