import fc from 'fast-check';
import { bytesSource } from '#libs/segment';
import { HeldRange } from './held-source.ts';

const BYTES = Uint8Array.from({ length: 4096 }, (_, at) => (at * 31) % 251);
const aRange = fc
  .tuple(fc.integer({ min: 0, max: 4095 }), fc.integer({ min: 1, max: 600 }))
  .map(([offset, length]) => ({ offset, length: Math.min(length, 4096 - offset) }));

it('answers every range with its bytes, in the order asked, and asks below only for what it does not hold', async () => {
  await fc.assert(
    fc.asyncProperty(aRange, fc.array(aRange, { maxLength: 12 }), async (held, asked) => {
      const calls: { offset: number; length: number }[][] = [];
      const below = {
        read: (ranges: readonly { offset: number; length: number }[]) => {
          calls.push([...ranges]);
          return bytesSource(BYTES).read(ranges);
        },
      };
      const source = new HeldRange(held, BYTES.slice(held.offset, held.offset + held.length)).over(below);
      const got = await source.read(asked);
      expect(got.map((bytes) => [...bytes])).toEqual(
        asked.map(({ offset, length }) => [...BYTES.subarray(offset, offset + length)]),
      );
      expect(calls.length).toBeLessThanOrEqual(1);
      for (const { offset, length } of calls[0] ?? []) {
        expect(offset < held.offset || offset + length > held.offset + held.length).toBe(true);
      }
    }),
  );
});
