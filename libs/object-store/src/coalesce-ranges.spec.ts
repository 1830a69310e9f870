import fc from 'fast-check';
import { coalesceRanges, fetchCoalesced, LOCAL_COALESCING, REMOTE_COALESCING } from './coalesce-ranges.ts';
import { patternedBytes } from './object-store-contract.ts';
import type { ByteRange } from './object-store.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const endOf = (range: ByteRange): number => range.offset + range.length;
const aRange = fc.record({
  offset: fc.integer({ min: 0, max: 20 * MiB }),
  length: fc.integer({ min: 1, max: 300 * KiB }),
});
const aPolicy = fc.oneof(
  fc.constant(REMOTE_COALESCING),
  fc.constant(LOCAL_COALESCING),
  fc.record({
    maxGapBytes: fc.integer({ min: 0, max: MiB }),
    maxRequests: fc.integer({ min: 1, max: 8 }),
    maxOverreadBytes: fc.integer({ min: 0, max: 8 * MiB }),
    maxBudgetOverreadBytes: fc.integer({ min: 0, max: 40 * MiB }),
  }),
);

const bytesOf = (ranges: readonly ByteRange[]): number => ranges.reduce((total, range) => total + range.length, 0);
const gapsOf = (requests: readonly ByteRange[]): number[] =>
  requests.slice(1).map((request, i) => request.offset - endOf(requests[i]!));
const short = (offset: number): ByteRange => ({ offset, length: 100 });

describe('coalesceRanges', () => {
  it('puts every range inside exactly one request; requests are sorted, tight and apart', () => {
    fc.assert(
      fc.property(fc.array(aRange, { maxLength: 40 }), aPolicy, (ranges, policy) => {
        const requests = coalesceRanges(ranges, policy);
        expect(requests.flatMap((request) => request.parts).toSorted((a, b) => a - b)).toEqual(ranges.map((_, i) => i));
        for (const request of requests) {
          const parts = request.parts.map((part) => ranges[part]!);
          expect(request.offset).toBe(Math.min(...parts.map((part) => part.offset)));
          expect(endOf(request)).toBe(Math.max(...parts.map(endOf)));
        }
        expect(gapsOf(requests).every((gap) => gap > 0)).toBe(true);
      }),
    );
  });

  it('reads over every small gap, and over larger ones only for fewer requests and within the bound', () => {
    fc.assert(
      fc.property(fc.array(aRange, { minLength: 1, maxLength: 40 }), aPolicy, (ranges, policy) => {
        const { maxGapBytes, maxRequests, maxOverreadBytes } = policy;
        const none = { maxRequests: Infinity, maxOverreadBytes: 0, maxBudgetOverreadBytes: 0 };
        const requests = coalesceRanges(ranges, policy);
        const onlySmall = coalesceRanges(ranges, { ...none, maxGapBytes });
        const touching = coalesceRanges(ranges, { ...none, maxGapBytes: 0 });
        const overread = bytesOf(requests) - bytesOf(touching);
        const gaps = gapsOf(requests);
        expect(gaps.every((gap) => gap >= maxGapBytes)).toBe(true);
        const mergedLarge = requests.length < onlySmall.length;
        expect(!mergedLarge || (overread <= maxOverreadBytes && requests.length >= maxRequests)).toBe(true);
        // It stops above the wanted number only when the next smallest gap is too much.
        expect(requests.length <= maxRequests || overread + Math.min(...gaps) > maxOverreadBytes).toBe(true);
      }),
    );
  });

  it('keeps a budget of requests, within its own bound of bytes', () => {
    fc.assert(
      fc.property(
        fc.array(aRange, { minLength: 1, maxLength: 40 }),
        aPolicy,
        fc.integer({ min: 1, max: 12 }),
        (ranges, policy, budget) => {
          const free = coalesceRanges(ranges, policy);
          const kept = coalesceRanges(ranges, policy, budget);
          expect(kept.length).toBeLessThanOrEqual(free.length);
          const overread = bytesOf(kept) - bytesOf(free);
          if (free.length <= budget) expect(kept).toEqual(free);
          if (kept.length < free.length) expect(overread).toBeLessThanOrEqual(policy.maxBudgetOverreadBytes);
          if (kept.length > budget) {
            const islands = coalesceRanges(ranges, { ...LOCAL_COALESCING, maxGapBytes: 0 });
            const all = bytesOf(kept) - bytesOf(islands) + Math.min(...gapsOf(kept));
            expect(all).toBeGreaterThan(policy.maxBudgetOverreadBytes);
          }
        },
      ),
    );
  });

  it('merges as the cost model says', () => {
    expect(coalesceRanges([short(0), short(200 * KiB)])).toHaveLength(1);
    expect(coalesceRanges([short(0), short(300 * KiB)])).toHaveLength(2);
    // Six far apart: the two smallest gaps go, and four requests stay.
    const six = [0, 1000, 1300, 3000, 3400, 9000].map((kib) => short(kib * KiB));
    expect(coalesceRanges(six).map((request) => request.parts)).toEqual([[0], [1, 2], [3, 4], [5]]);
    // Too far apart for 2 MiB of over-read.
    expect(coalesceRanges([0, 5, 10, 15, 20].map((mib) => short(mib * MiB)))).toHaveLength(5);
    expect(coalesceRanges([])).toEqual([]);
  });
});

describe('fetchCoalesced', () => {
  it('answers each range with its own bytes', async () => {
    const object = patternedBytes(300 * KiB);
    const ranges = fc.array(
      fc.record({ offset: fc.integer({ min: 0, max: 299 * KiB }), length: fc.integer({ min: 1, max: KiB }) }),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(ranges, aPolicy, async (asked, policy) => {
        const got = await fetchCoalesced(asked, policy, async (range) => object.slice(range.offset, endOf(range)));
        expect(got).toHaveLength(asked.length);
        for (const [i, range] of asked.entries())
          expect(Buffer.compare(got[i]!, object.subarray(range.offset, endOf(range)))).toBe(0);
      }),
    );
  });

  it('leaves nothing of a request but the ranges, each alone in its buffer', async () => {
    const fetched: Uint8Array[] = [];
    const got = await fetchCoalesced([short(0), short(8 * KiB), short(2 * MiB)], LOCAL_COALESCING, async (range) => {
      const bytes = new Uint8Array(range.length);
      fetched.push(bytes);
      return bytes;
    });
    for (const bytes of got) expect(bytes.buffer.byteLength).toBe(bytes.length);
    // The one that was cut up is given back, the other is the answer itself.
    expect(fetched.map((bytes) => bytes.buffer.byteLength)).toEqual([0, short(0).length]);
    expect(got[2]).toBe(fetched[1]);
  });
});
