import fc from 'fast-check';
import { matchesPattern } from './name-pattern.ts';

const byRegExp = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.split('*').join('.*')}$`).test(name);

describe('matchesPattern', () => {
  it('agrees with a regular expression', () => {
    const letters = (...of: string[]): fc.Arbitrary<string> =>
      fc.array(fc.constantFrom(...of), { maxLength: 8 }).map((found) => found.join(''));
    fc.assert(
      fc.property(letters('a', 'b', '*'), letters('a', 'b'), (pattern, name) => {
        expect(matchesPattern(pattern, name)).toBe(byRegExp(pattern, name));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no longer for what would keep a regular expression busy for years', () => {
    expect(matchesPattern(`${'a*'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
  });
});
