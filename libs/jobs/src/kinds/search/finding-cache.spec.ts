import { FindingCache, findingId } from './finding-cache.ts';

const finding = (count: number, text = '') => ({ count, aggs: { a: { text } } }) as never;

it('keeps at the second offer, as it was then', () => {
  const cache = new FindingCache(100_000);
  cache.offer('a', finding(1));
  expect(cache.get('a')).toBe(undefined);
  cache.offer('a', finding(1));
  const found = cache.get('a')!;
  expect(found).toEqual({ count: 1, aggs: { a: { text: '' } } });
  (found.aggs as Record<string, unknown>)['a'] = 'changed';
  expect(cache.get('a')).toEqual({ count: 1, aggs: { a: { text: '' } } });
});

it('holds to its bound, and keeps what was used last; what is too large is not kept', () => {
  const cache = new FindingCache(40_000);
  for (let at = 0; at < 40; at++) {
    for (let time = 0; time < 2; time++) cache.offer(`k${at}`, finding(at, 'x'.repeat(1_000)));
    cache.get('k0');
  }
  const kept = Array.from({ length: 40 }, (_, at) => at).filter((at) => cache.get(`k${at}`));
  expect(kept.length).toBeLessThanOrEqual(40_000 / 2_300);
  expect(kept).toContain(0);
  expect(kept).toContain(39);
  for (let time = 0; time < 2; time++) cache.offer('large', finding(1, 'x'.repeat(4_000)));
  expect(cache.get('large')).toBe(undefined);
});

it('tells apart what is made of the same letters', () => {
  expect(new Set([findingId('a', 'bc'), findingId('ab', 'c'), findingId('abc', ''), findingId('abc')]).size).toBe(4);
});
