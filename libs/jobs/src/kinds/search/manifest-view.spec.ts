import type { Manifest } from '#libs/index';
import { fieldStatistics } from './manifest-view.ts';

/** Of a manifest, what the statistics are made from. */
const manifestOf = (...segments: Record<string, { docCount: number; tokenCount?: number }>[]): Manifest =>
  ({ segments: segments.map((fields) => ({ fields })) }) as unknown as Manifest;

it('adds up documents and tokens of each field over the segments', () => {
  const manifest = manifestOf(
    { a: { docCount: 2, tokenCount: 10 }, n: { docCount: 2 } },
    { a: { docCount: 1, tokenCount: 4 } },
  );
  expect(fieldStatistics(manifest)).toEqual({
    fields: { a: { docCount: 3, tokenCount: 14 }, n: { docCount: 2, tokenCount: 0 } },
  });
});

it('takes fields that are called as what every object has', () => {
  const segment = { constructor: { docCount: 2, tokenCount: 10 }, toString: { docCount: 1 } };
  const { fields } = fieldStatistics(manifestOf(segment, segment));
  expect(Object.entries(fields)).toEqual([
    ['constructor', { docCount: 4, tokenCount: 20 }],
    ['toString', { docCount: 2, tokenCount: 0 }],
  ]);
  expect(Object.keys(Object)).toEqual([]);
});
