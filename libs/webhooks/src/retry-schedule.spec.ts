import { seededRandom } from '#libs/kernel';
import { parseRetryAfter, RETRY_DELAYS_MS, retryDelayMs } from './retry-schedule.ts';

const random = seededRandom(3);
const HOUR = 3_600_000;

describe('the retry schedule', () => {
  it('is that of the specification: ten tries over 75:35:05', () => {
    expect(RETRY_DELAYS_MS).toHaveLength(9);
    expect(RETRY_DELAYS_MS.reduce((a, b) => a + b, 0)).toBe((75 * 3600 + 35 * 60 + 5) * 1000);
  });

  it('is never early, at most a tenth late, and not the same each time', () => {
    for (const [earlier, delay] of RETRY_DELAYS_MS.entries()) {
      const waits = Array.from({ length: 50 }, () => retryDelayMs(earlier, random)!);
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(delay);
      expect(Math.max(...waits)).toBeLessThanOrEqual(delay * 1.1);
      expect(new Set(waits).size).toBeGreaterThan(10);
    }
    expect(retryDelayMs(9, random)).toBeUndefined();
  });

  it('waits as long as the receiver asks, within a day, and never less than planned', () => {
    expect(retryDelayMs(0, random, HOUR)).toBeGreaterThanOrEqual(HOUR);
    expect(retryDelayMs(3, random, 1000)).toBeGreaterThanOrEqual(2 * HOUR);
    expect(retryDelayMs(0, random, 1e12)).toBeLessThanOrEqual(24 * HOUR * 1.1);
    expect(retryDelayMs(9, random, HOUR)).toBeUndefined();
  });
});

describe('a Retry-After header', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  it.each([
    ['120', 120_000],
    ['Sun, 22 Nov 2026 10:05:00 GMT', 300_000],
    ['99999999999', 24 * HOUR],
    ['Mon, 01 Jan 2035 00:00:00 GMT', 24 * HOUR],
    ['0', undefined],
    ['-5', undefined],
    ['Sun, 22 Nov 2026 09:00:00 GMT', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('%s', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
