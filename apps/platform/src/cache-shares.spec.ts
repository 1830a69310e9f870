import fc from 'fast-check';
import { cacheShares } from './cache-shares.ts';

describe('cacheShares', () => {
  it('shares out no more than the setting, in whole bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 2 ** 40 }), (bytes) => {
        const { bodies, parsed, opened, results } = cacheShares(bytes);
        for (const share of [bodies, parsed, opened, results]) expect(Number.isInteger(share)).toBe(true);
        expect(bodies + parsed + 2 * opened + 2 * results).toBeLessThanOrEqual(bytes);
      }),
    );
  });

  it('leaves those that cannot do with nothing a byte', () => {
    expect(cacheShares(0)).toEqual({ bodies: 0, parsed: 0, opened: 1, results: 1 });
  });
});
