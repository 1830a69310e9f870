import fc from 'fast-check';
import { compareCodePoints } from '#libs/kernel';
import { bytesSource } from '../bytes-source.ts';
import { openSegment } from '../reader/ranged-segment-reader.ts';
import type { SegmentReader, SegmentSource, TermBounds } from '../segment-reader.ts';
import { buildSegment } from '../testing/build-segment.ts';
import { flushed } from '../testing/read-everything.ts';

/** Some thousand terms, so that there are many blocks; with long shared prefixes and characters of all sizes. */
const terms = [
  ...Array.from({ length: 3000 }, (_, i) => `term-${(i * 7919) % 3000}`),
  ...Array.from({ length: 300 }, (_, i) => `https://example.org/a/long/path/that/all/share/${i}`),
  ...Array.from({ length: 100 }, (_, i) => String.fromCodePoint(0xe000 + i * 700)),
  ...Array.from({ length: 40 }, (_, i) => 'x'.repeat(5000) + String(i)),
  '',
  'ÿ',
  '\u{10ffff}',
  '\u{10ffff}z',
];
const sorted = [...new Set(terms)].toSorted(compareCodePoints);

describe('the dictionary', () => {
  let reader: SegmentReader;
  let open: () => Promise<SegmentReader>;
  let reads: number[] = [];

  beforeAll(async () => {
    const { bytes, meta } = await buildSegment(
      [
        { id: 'a', source: '{}', values: { tag: terms } },
        { id: 'b', source: '{}', values: { tag: ['term-7'] } },
      ],
      { tag: 'keyword' },
    );
    const inner = bytesSource(bytes);
    const source: SegmentSource = {
      read: (ranges) => {
        reads.push(ranges.length);
        return inner.read(ranges);
      },
    };
    open = () => openSegment(source, meta);
    reader = await open();
  });

  it('finds each term at its ordinal, and no other', async () => {
    const wave = reader.wave();
    const found = sorted.map((term) => wave.term('tag', term));
    const missing = ['term-', 'term-3000', 'zz', '\u{10fffe}', 'x'.repeat(4999)].map((term) => wave.term('tag', term));
    await wave.flush();
    expect(found.map(({ value }) => value?.term)).toEqual(sorted);
    expect(found.map(({ value }) => value?.ordinal)).toEqual(sorted.map((_, i) => i));
    expect(missing.map(({ value }) => value)).toEqual(missing.map(() => undefined));
    expect((await flushed(reader, (next) => next.term('tag', 'term-7')))?.docFreq).toBe(2);
    expect(await flushed(reader, (next) => next.term('none', 'a'))).toBeUndefined();
  });

  it('gives terms by ordinal in the order asked', async () => {
    const asked = [5, 0, sorted.length - 1, 1234, 5];
    expect(await flushed(reader, (wave) => wave.termsByOrdinal('tag', asked))).toEqual(asked.map((i) => sorted[i]));
  });

  it('enumerates any bounds as a sorted list does', async () => {
    const near = fc.oneof(
      fc.constantFrom(...sorted),
      fc
        .constantFrom(...sorted)
        .chain((term) => fc.nat(Math.min(term.length, 60)).map((length) => term.slice(0, length))),
      fc.constantFrom('term-1', 'term-29', 'https://', '\u{10ffff}', 'x'.repeat(5000), 'é', 'zzz'),
    );
    const bounds: fc.Arbitrary<TermBounds> = fc.record(
      { prefix: near, from: near, fromExclusive: fc.boolean(), to: near, toInclusive: fc.boolean() },
      { requiredKeys: [] },
    );
    const limits = fc.oneof(fc.constant(Infinity), fc.nat(10), fc.nat(4000));
    await fc.assert(
      fc.asyncProperty(bounds, limits, async (given, limit) => {
        const { prefix = '', from, fromExclusive = false, to, toInclusive = false } = given;
        const expected = sorted.filter(
          (term) =>
            term.toWellFormed().startsWith(prefix.toWellFormed()) &&
            (from === undefined || compareCodePoints(term, from.toWellFormed()) >= (fromExclusive ? 1e-9 : 0)) &&
            (to === undefined || compareCodePoints(term, to.toWellFormed()) < (toInclusive ? 1e-9 : 0)),
        );
        const found = await flushed(reader, (wave) => wave.terms('tag', given, limit));
        expect(found.terms.map(({ term }) => term)).toEqual(expected.slice(0, limit));
        expect(found.complete).toBe(expected.length <= limit);
      }),
      { numRuns: 200 },
    );
  });

  it('is read in one request of distinct blocks a flush, and only as far as the limit needs', async () => {
    // Of a fresh reader: none of its blocks is hot.
    const wave = (await open()).wave();
    reads = [];
    for (let i = 0; i < 50; i++) wave.term('tag', `term-${i % 3}`);
    wave.terms('tag', { prefix: 'term-' }, 5);
    await wave.flush();
    expect(reads).toHaveLength(1);
    expect(reads[0]).toBeLessThanOrEqual(4);
    await wave.flush();
    expect(reads).toHaveLength(1);
  });
});
