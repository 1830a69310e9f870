import fc from 'fast-check';
import { SegmentedLru } from './segmented-lru.ts';

const lru = (maxSize: number, maxEntrySize = maxSize): { cache: SegmentedLru<number>; gone: string[] } => {
  const gone: string[] = [];
  const cache = new SegmentedLru<number>({
    maxSize,
    maxEntrySize,
    sizeOf: (value) => value,
    onGone: (key) => gone.push(key),
  });
  return { cache, gone };
};

describe('SegmentedLru', () => {
  it('holds to its bounds, tells of all that goes, and answers what it was given last', () => {
    const aKey = fc.integer({ min: 0, max: 20 }).map(String);
    const anAction = fc.oneof(
      fc.record({ what: fc.constant('set' as const), key: aKey, size: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ what: fc.constant('get' as const), key: aKey }),
      fc.record({ what: fc.constant('delete' as const), key: aKey }),
    );
    fc.assert(
      fc.property(fc.array(anAction, { maxLength: 200 }), (actions) => {
        const { cache, gone } = lru(100, 50);
        const there = new Map<string, number>();
        for (const action of actions) {
          if (action.what === 'set') {
            const kept = cache.set(action.key, action.size);
            expect(kept).toBe(action.size <= 50);
            for (const key of gone.splice(0)) there.delete(key);
            if (kept) there.set(action.key, action.size);
          } else if (action.what === 'get') expect(cache.get(action.key)).toBe(there.get(action.key));
          else cache.delete(action.key);
          for (const key of gone.splice(0)) there.delete(key);
          expect(cache.size).toBe([...there.values()].reduce((sum, size) => sum + size, 0));
          expect(cache.size).toBeLessThanOrEqual(100);
          expect(cache.count).toBe(there.size);
        }
      }),
    );
  });

  it('keeps the hot set through a scan of ten times its size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 200 }),
        (hot, scan) => {
          const { cache } = lru(100);
          for (let round = 0; round < 2; round++) {
            for (let at = 0; at < hot; at++) if (cache.get(`hot${at}`) === undefined) cache.set(`hot${at}`, 1);
          }
          for (const [at, size] of scan.entries()) cache.set(`scan${at}`, size);
          for (let at = 0; at < hot; at++) expect(cache.get(`hot${at}`)).toBe(1);
        },
      ),
    );
  });

  it('follows when what is hot changes', () => {
    const { cache } = lru(100);
    for (let at = 0; at < 80; at++) {
      cache.set(`old${at}`, 1);
      cache.get(`old${at}`);
    }
    for (let round = 0; round < 12; round++) {
      for (let at = 0; at < 15; at++) if (cache.get(`new${at}`) === undefined) cache.set(`new${at}`, 1);
    }
    for (let at = 0; at < 15; at++) expect(cache.has(`new${at}`)).toBe(true);
  });
});
