import fc from 'fast-check';
import { TermMap } from './term-map.ts';

const name = fc.constantFrom('', 'a', 'b', '__proto__', 'a\0b');

it('is a map of pairs', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name, fc.nat())), fc.tuple(name, name), (entries, [field, term]) => {
      const map = new TermMap<number>();
      const plain = new Map<string, number>();
      for (const [f, t, value] of entries) {
        expect(map.get(f, t)).toBe(plain.get(JSON.stringify([f, t])));
        map.set(f, t, value);
        plain.set(JSON.stringify([f, t]), value);
      }
      expect(map.get(field, term)).toBe(plain.get(JSON.stringify([field, term])));
      const ascending = (a: number, b: number): number => a - b;
      expect(map.values().toSorted(ascending)).toEqual([...plain.values()].toSorted(ascending));
    }),
  );
});
