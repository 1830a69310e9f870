import fc from 'fast-check';
import { cacheShares } from './cache-shares.ts';

const MIB = 2 ** 20;

describe('cacheShares', () => {
  it('shares out no more than the setting, in whole bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 2 ** 40 }), fc.nat(64), (bytes, asked) => {
        const { bodies, parsed, opened, results, threads } = cacheShares(bytes, asked);
        for (const share of [bodies, parsed, opened, results, threads]) expect(Number.isInteger(share)).toBe(true);
        expect(bodies + parsed + 2 * opened + 2 * results + threads).toBeLessThanOrEqual(bytes);
      }),
    );
  });

  it('leaves out threads where there are none, or too little for one', () => {
    expect(cacheShares(256 * MIB, 0)).toMatchObject({ threads: 0, searchThreads: 0, bodies: 144 * MIB });
    expect(cacheShares(16 * MIB, 8)).toMatchObject({ threads: 0, searchThreads: 0, bodies: 9 * MIB });
    expect(cacheShares(256 * MIB, 2)).toMatchObject({ threads: 32 * MIB, searchThreads: 2, bodies: 112 * MIB });
    expect(cacheShares(256 * MIB, 64)).toMatchObject({ searchThreads: 8 });
  });

  it('leaves those that cannot do with nothing a byte', () => {
    expect(cacheShares(0, 2)).toMatchObject({ bodies: 0, parsed: 0, opened: 1, results: 1, searchThreads: 0 });
  });
});
