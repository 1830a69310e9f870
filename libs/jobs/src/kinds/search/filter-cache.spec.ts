import { FilterCache } from './filter-cache.ts';

const docs = (words: number): Uint32Array => new Uint32Array(words).fill(7);

describe('FilterCache', () => {
  it('keeps a filter at its second use, as a copy, for its segment alone', () => {
    const cache = new FilterCache(100_000);
    const own = docs(10);
    cache.offerFilter('s', 'k', own);
    expect(cache.filter('s', 'k')).toBe(undefined);
    cache.offerFilter('s', 'k', own);
    own.fill(0);
    expect(cache.filter('s', 'k')).toEqual(docs(10));
    expect([cache.filter('t', 'k'), cache.filter('s', 'j')]).toEqual([undefined, undefined]);
  });

  it('holds to its bound, and keeps what was used last', () => {
    const cache = new FilterCache(20_000);
    for (let at = 0; at < 20; at++) {
      for (let time = 0; time < 2; time++) cache.offerFilter('s', `k${at}`, docs(500));
      cache.filter('s', 'k0');
    }
    const kept = Array.from({ length: 20 }, (_, at) => at).filter((at) => cache.filter('s', `k${at}`));
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept).toContain(0);
    expect(kept).toContain(19);
    for (let time = 0; time < 2; time++) cache.offerFilter('s', 'huge', docs(10_000));
    expect(cache.filter('s', 'huge')).toBe(undefined);
  });

  it('counts a long name as little as a short one, and tells long names apart', () => {
    const cache = new FilterCache(2_000);
    const long = 'x'.repeat(1_000_000);
    for (let time = 0; time < 2; time++) cache.offerFilter('s', `${long}a`, docs(10));
    expect(cache.filter('s', `${long}a`)).toEqual(docs(10));
    expect(cache.filter('s', `${long}b`)).toBe(undefined);
  });
});
