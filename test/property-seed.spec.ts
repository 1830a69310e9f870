import { jest } from '@jest/globals';
import fc from 'fast-check';
import { systemEnvironment } from '#libs/kernel';
import { drawPropertySeed, propertySeed } from './property-seed.ts';

describe('the seed of properties', () => {
  it('is in force here', () => {
    const cases = (seed: number): number[] => fc.sample(fc.integer(), { numRuns: 5, seed });
    expect(fc.sample(fc.integer(), 5)).toEqual(cases(propertySeed({ ...systemEnvironment() })));
    expect(cases(1)).not.toEqual(cases(2));
  });

  it('is fixed unless another is asked for', () => {
    expect(propertySeed({})).toBe(propertySeed({ QUARRY_TEST_SEED: '' }));
    expect(propertySeed({ QUARRY_TEST_SEED: '-7' })).toBe(-7);
  });

  it.each(['seven', '1.5', '2147483648', 'random', ' 1'])('cannot be %j', (asked) => {
    expect(() => propertySeed({ QUARRY_TEST_SEED: asked })).toThrow(`QUARRY_TEST_SEED="${asked}": expected "random"`);
  });

  it('is drawn once for a run that asks for it, and said', () => {
    const said = jest.spyOn(console, 'log').mockImplementation(() => {});
    const environment: Record<string, string> = { QUARRY_TEST_SEED: 'random' };
    drawPropertySeed(environment);
    const drawn = propertySeed(environment);
    drawPropertySeed(environment);
    expect(propertySeed(environment)).toBe(drawn);
    expect(said.mock.calls).toEqual([[`tests: QUARRY_TEST_SEED=${drawn}`]]);
    said.mockRestore();
  });
});
