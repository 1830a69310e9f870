import fc from 'fast-check';
import { ByteReader, ByteWriter, isQuarryError } from '#libs/kernel';
import { readRiceBlock, readRiceRange, riceShape, riceWords, writeRiceBlock } from './rice-block.ts';
import { readRiceList, writeRiceList } from './rice-list.ts';

/** Of any size, mostly small, as differences are; now and then one that stands out. */
const value = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300) },
  { weight: 2, arbitrary: fc.nat(100_000) },
  { weight: 1, arbitrary: fc.nat(0x7fff_ffff) },
);
const blockOf = fc.oneof(
  fc.array(value, { minLength: 128, maxLength: 128 }),
  fc.array(fc.nat(3), { minLength: 128, maxLength: 128 }),
  fc.nat(0x7fff_ffff).map((one) => Array.from({ length: 128 }, (_, i) => (i === 77 ? one : 0))),
);

describe('Rice’s code', () => {
  it('gives blocks back, within 255 unary words', () => {
    const out = new Int32Array(128);
    fc.assert(
      fc.property(blockOf, fc.nat(9), (block, at) => {
        const values = Int32Array.from([...Array.from({ length: at }, () => 5), ...block]);
        const shape = riceShape(values, at);
        const words = new Int32Array(3 + riceWords(shape)).fill(-1);
        writeRiceBlock(values, at, shape, words, 3);
        readRiceBlock(words, 3, shape, out);
        expect([...out]).toEqual(block);
        for (const [from, to] of [
          [0, 1],
          [at, at + 3],
          [60, 100],
          [127, 128],
          [0, 128],
        ] as const) {
          const some = new Int32Array(128).fill(-7);
          readRiceRange(words, 3, shape, from, to, some);
          expect([...some]).toEqual(block.map((one, i) => (i >= from && i < to ? one : -7)));
        }
        expect(shape.unaryWords).toBeLessThan(256);
      }),
      { numRuns: 300 },
    );
  });

  it('gives lists back, one after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 1, maxLength: 127 }), { maxLength: 3 }), (lists) => {
        const out = new ByteWriter();
        for (const list of lists) writeRiceList(out, Int32Array.from([9, ...list]), 1, list.length);
        const reader = new ByteReader(out.toBytes());
        for (const list of lists) {
          const read = new Int32Array(list.length);
          readRiceList(reader, list.length, read);
          expect([...read]).toEqual(list);
        }
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it('answers something of 31 bits or corrupt, whatever the bytes are', () => {
    const outcome = (read: () => Int32Array): string => {
      try {
        return read().every((one) => one >= 0) ? 'values' : 'negative';
      } catch (error) {
        return isQuarryError(error) ? error.kind : String(error);
      }
    };
    const seen = new Set<string>();
    const sparse = fc.oneof(fc.integer(), fc.constantFrom(0, 0, 1, -1, 1 << 31));
    fc.assert(
      fc.property(
        fc.array(sparse, { minLength: 260, maxLength: 260 }),
        fc.nat(30),
        fc.nat(12),
        (words, width, unary) => {
          const out = new Int32Array(128);
          const shape = { width, unaryWords: unary };
          seen.add(outcome(() => (readRiceBlock(Int32Array.from(words), 0, shape, out), out)));
          const some = new Int32Array(128);
          seen.add(outcome(() => (readRiceRange(Int32Array.from(words), 0, shape, unary, 128, some), some)));
        },
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 127 }), (bytes, count) => {
        const out = new Int32Array(count);
        seen.add(outcome(() => (readRiceList(new ByteReader(bytes), count, out), out)));
      }),
    );
    expect([...seen].filter((one) => one !== 'corrupt' && one !== 'values')).toEqual([]);
  });
});
