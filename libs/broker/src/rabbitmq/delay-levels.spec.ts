import fc from 'fast-check';
import { delayRoute, LONGEST_DELAY_MS } from './delay-levels.ts';

/** Adds up what the queues on the way cost; throws when the way does not begin at its highest digit. */
function waitedMs(key: string, level: number): { ms: number; queues: number; band: string } {
  const words = key.split('.');
  const band = words.pop()!;
  const digits = words.toReversed();
  expect(digits).toHaveLength(25);
  expect(digits.findLastIndex((digit) => digit === '1')).toBe(level);
  const waits = digits.map((digit, at) => (digit === '1' ? 16 * 2 ** at : 0)).filter((ms) => ms > 0);
  return { ms: waits.reduce((sum, ms) => sum + ms, 0), queues: waits.length, band };
}

describe('delayRoute', () => {
  it('never waits too short, at most 6.25 % and a grain too long, and in five queues at most', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: LONGEST_DELAY_MS, noNaN: true }), (delayMs) => {
        const { level, key } = delayRoute(delayMs, 'low');
        const { ms, queues, band } = waitedMs(key, level);
        expect(ms).toBeGreaterThanOrEqual(delayMs);
        expect(ms).toBeLessThanOrEqual(delayMs * 1.0625 + 16);
        expect(queues).toBeLessThanOrEqual(5);
        expect(band).toBe('low');
      }),
    );
  });

  it.each([
    [1, 16],
    [16, 16],
    [17, 32],
    [60_000, 61_440],
    [LONGEST_DELAY_MS, LONGEST_DELAY_MS],
  ])('makes %d ms to %d ms', (delayMs, waits) => {
    const { level, key } = delayRoute(delayMs, 'high');
    expect(waitedMs(key, level)).toMatchObject({ ms: waits, band: 'high' });
  });
});
