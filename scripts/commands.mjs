import { ensureBuilt } from './build.mjs';
import { check } from './check.mjs';
import { fuzz } from './fuzz.mjs';
import { inRoot, root } from './paths.mjs';
import { runNode } from './run-child.mjs';
import { tools } from './tools.mjs';

const tied = () => [
  '--enable-source-maps',
  '--import',
  new URL(`end-with-parent.mjs?parent=${process.pid}`, import.meta.url).href,
];

/** Runs a built program in the caller's working directory. */
const built = (program) => ({
  needsBuild: true,
  run: (node, args) => runNode(node, [...tied(), inRoot('dist', program), ...args]),
});

/** Runs one of the development tools at the root of the checkout. */
const tool = (make) => ({
  needsBuild: false,
  run: async (node, args) => {
    for (const line of make(args)) {
      const code = await runNode(node, line, { cwd: root });
      if (code !== 0) return code;
    }
    return 0;
  },
});

export const commands = {
  start: built('apps/standalone/src/main.js'),
  quarry: built('apps/cli/src/main.js'),
  bench: built('bench/main.js'),
  // The end-to-end tests boot dist.
  test: { needsBuild: true, run: (node, args) => runNode(node, [...tools.jest, ...args], { cwd: root }) },
  // Beside the suite's short one; test/chaos/README.md.
  chaos: {
    needsBuild: true,
    run: (node, args) => runNode(node, [...tied(), inRoot('test/chaos/main.ts'), ...args], { cwd: root }),
  },
  // Beside the suite's short one; libs/testing/README.md.
  fuzz: { needsBuild: false, run: (node, args) => fuzz(node, args) },
  build: { needsBuild: false, run: async (node) => (await ensureBuilt(node, { force: true }), 0) },
  check: { needsBuild: false, run: (node, args) => check(node, args) },
  typecheck: tool(() => tools.typecheck()),
  lint: tool((args) => [[...tools.lint, ...args]]),
  deps: tool((args) => [[...tools.deps, ...args]]),
  format: tool((args) => [[...tools.prettier, ...(args.length > 0 ? args : ['--write', '.'])]]),
};
