import { agrees } from './install.mjs';

const entry = (version, more = {}) => ({ version, integrity: `sha512-${version}`, ...more });
const lock = {
  packages: {
    '': { name: 'quarry' },
    'node_modules/a': entry('1.0.0'),
    'node_modules/b': entry('2.0.0', { dev: true }),
    'node_modules/only-on-a-mac': entry('3.0.0', { optional: true }),
  },
};
const installed = (packages) => ({ packages });
const both = { 'node_modules/a': entry('1.0.0'), 'node_modules/b': entry('2.0.0', { dev: true }) };

describe('agrees', () => {
  it('accepts what the lock asks for, optional packages of other platforms apart', () => {
    expect(agrees(lock, installed(both))).toBe(true);
  });

  it.each([
    ['nothing installed', undefined],
    ['something missing', installed({ 'node_modules/a': entry('1.0.0') })],
    ['another version', installed({ ...both, 'node_modules/a': entry('1.0.1') })],
    [
      'the same version of other bytes',
      installed({ ...both, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' } }),
    ],
    ['another version of an optional one', installed({ ...both, 'node_modules/only-on-a-mac': entry('2.9.0') })],
    ['something too much', installed({ ...both, 'node_modules/c': entry('1.0.0') })],
  ])('refuses: %s', (_, found) => {
    expect(agrees(lock, found)).toBe(false);
  });
});
