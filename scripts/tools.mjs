import { inRoot } from './paths.mjs';

const bin = (path) => inRoot('node_modules', path);
const tsc = bin('typescript/bin/tsc');
const CODE = ['apps', 'libs', 'config', 'test', 'bench'];

/** The arguments that Node needs to run each development tool. */
export const tools = {
  // Jest's support for ES modules is behind this flag; in NODE_OPTIONS it would leak into what the tests spawn.
  jest: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', bin('jest/bin/jest.js')],
  lint: [bin('oxlint/bin/oxlint'), ...CODE, 'scripts'],
  deps: [bin('dependency-cruiser/bin/dependency-cruiser.mjs'), '--config', '.dependency-cruiser.mjs', ...CODE],
  prettier: [bin('prettier/bin/prettier.cjs'), '--cache', '--log-level', 'warn'],
  // Remembers what it has checked, so that only the first time is slow.
  typecheck: () => [
    [tsc, '-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', inRoot('node_modules/.cache/types.tsbuildinfo')],
  ],
};
