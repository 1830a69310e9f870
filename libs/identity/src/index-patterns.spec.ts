import fc from 'fast-check';
import { isTenantName, type Caller } from './caller.ts';
import { coversPattern, isIndexPattern, mayUseIndex } from './index-patterns.ts';
import { checkTenant } from '#libs/index';

const limitedTo = (...indexes: string[]): Caller => ({ tenant: 't', subject: 's', scopes: new Set(), indexes });
const regexp = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.-]/g, '\\$&').replaceAll(/\*+/g, '.*')}$`);

const name = fc.stringMatching(/^[ab.-]{0,8}$/);
const pattern = fc.stringMatching(/^[ab.*-]{1,6}$/);

describe('patterns of index names', () => {
  it.each([
    [['*'], 'logs', true],
    [['logs'], 'logs', true],
    [['logs'], 'logs-eu', false],
    [['logs-*'], 'logs-', true],
    [['*-eu'], 'logs-eu', true],
    [['a*a'], 'a', false],
    [['l*s-*u'], 'logs-eu', true],
    [['books', 'logs-*'], 'logs-eu', true],
    [['l.gs'], 'logs', false],
    [[], 'logs', false],
  ])('%j and %j: %s', (patterns, index, expected) => {
    expect(mayUseIndex(limitedTo(...patterns), index)).toBe(expected);
  });

  it('match what a regular expression would', () => {
    fc.assert(
      fc.property(pattern, name, (one, index) => {
        expect(mayUseIndex(limitedTo(one), index)).toBe(regexp(one).test(index));
      }),
      { numRuns: 2_000 },
    );
  });

  it('cover only what matches nothing else', () => {
    fc.assert(
      fc.property(pattern, pattern, name, (wide, narrow, index) => {
        if (coversPattern([wide], narrow) && regexp(narrow).test(index)) expect(regexp(wide).test(index)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(coversPattern(['logs-*'], 'logs-eu-*')).toBe(true);
    expect(coversPattern(['logs-*'], 'logs*')).toBe(false);
    expect(coversPattern(['logs-eu'], '*')).toBe(false);
    expect(coversPattern(undefined, '*')).toBe(true);
  });

  it('take no longer for many stars', () => {
    const hostile = `${'*a'.repeat(120)}b`;
    const began = performance.now();
    for (let i = 0; i < 1_000; i++) expect(mayUseIndex(limitedTo(hostile), 'a'.repeat(255))).toBe(false);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each(['', 'A', 'a b', 'a/b', '%', 'x'.repeat(256)])('%j is none', (text) => {
    expect(isIndexPattern(text)).toBe(false);
  });
});

it('tenants are called what object paths can begin with', () => {
  const candidate = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.stringMatching(/^[a-z0-9._-]{0,6}$/),
    fc.constant('x'.repeat(256)),
  );
  fc.assert(
    fc.property(candidate, (text) => {
      let fine = true;
      try {
        checkTenant(text);
      } catch {
        fine = false;
      }
      expect(isTenantName(text)).toBe(fine);
    }),
  );
});
