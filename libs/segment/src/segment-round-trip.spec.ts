import fc from 'fast-check';
import { bytesSource } from './bytes-source.ts';
import type { FieldType } from './field-spec.ts';
import { openSegment } from './reader/ranged-segment-reader.ts';
import { type TestDocument, buildSegment } from './testing/build-segment.ts';
import { naiveSegment } from './testing/naive-segment.ts';
import { readEverything } from './testing/read-everything.ts';

const types: Record<string, FieldType> = {
  title: 'text',
  body: 'text',
  tag: 'keyword',
  size: 'long',
  price: 'double',
  open: 'boolean',
  when: 'date',
};

const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('a', 'ab', 'b', 'c', '_', '+a', 'x'.repeat(300), 'é', '漢字', '😀', '\ufeffb', '\uffff'),
  },
  {
    weight: 2,
    arbitrary: fc.string({ minLength: 1, maxLength: 6, unit: 'binary' }).map((text) => text.replaceAll(' ', '.')),
  },
  { weight: 1, arbitrary: fc.constantFrom('\ud800', 'x\udc00', '\ufffd') },
);
const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
const keyword = fc.oneof(word, fc.constant(''), fc.string({ maxLength: 40 }));
const few = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 4 });
const values = fc.record(
  {
    title: few(text),
    body: few(text),
    tag: few(keyword),
    size: few(
      fc.oneof(
        fc.maxSafeInteger(),
        fc.integer({ min: -5, max: 5 }).map((n) => n * 1000),
      ),
    ),
    price: few(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0, 1.5))),
    open: few(fc.integer({ min: 0, max: 1 })),
    when: few(fc.integer({ min: 0, max: 4_000_000_000_000 })),
  },
  { requiredKeys: [] },
);
const document: fc.Arbitrary<TestDocument> = fc.record({
  id: fc.oneof(fc.constantFrom('1', '2', '3'), fc.string({ maxLength: 5, unit: 'binary' })),
  source: fc.string({ maxLength: 20, unit: 'grapheme' }),
  values,
});

describe('builder and reader', () => {
  it('give back random documents as a naive model has them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 12 }), async (documents) => {
        const { bytes, meta } = await buildSegment(documents, types);
        const reader = await openSegment(bytesSource(bytes), meta);
        await reader.verify();
        expect(await readEverything(reader)).toEqual(naiveSegment(documents, types));
        expect(bytes).toHaveLength(meta.bytes);
      }),
      { numRuns: 100 },
    );
  });
});
