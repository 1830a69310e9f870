import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { fingerprintSources } from './fingerprint.mjs';
import { inRoot, root } from './paths.mjs';
import { timed } from './say.mjs';
import { SetupError } from './setup-error.mjs';
import { withSetupLock } from './setup-lock.mjs';

const DIST = inRoot('dist');
const NEXT = inRoot('dist.next');
const LAST = inRoot('dist.last');
const STAMP = inRoot('dist', '.quarry-build');

/**
 * Compiles into dist unless it is there and of these very sources. It is built aside and then put in place by a rename,
 * so that nobody sees half a build and nothing is left of a source that is gone.
 */
export async function ensureBuilt(node, { force = false } = {}) {
  const sources = fingerprintSources();
  if (sources === undefined) {
    if (existsSync(DIST)) return;
    throw new SetupError(`neither sources nor a build in ${root}; reinstall it`);
  }
  if (!force && isFresh(sources)) return;
  await withSetupLock(async () => {
    const current = fingerprintSources();
    if (!force && isFresh(current)) return;
    await timed('building', () => build(node, current));
  });
}

function isFresh(sources) {
  try {
    if (readFileSync(STAMP, 'utf8') !== sources) return false;
    // Newer than every source again: bin/quarry looks at times only.
    const now = new Date();
    utimesSync(STAMP, now, now);
    return true;
  } catch {
    return false;
  }
}

function build(node, sources) {
  for (const left of [NEXT, LAST]) rmSync(left, { recursive: true, force: true });
  mkdirSync(NEXT);
  try {
    writeFileSync(`${NEXT}/.gitignore`, '*\n');
    const outputs = ['--outDir', NEXT, '--tsBuildInfoFile', `${NEXT}/.tsbuildinfo`];
    const tsc = [inRoot('node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', ...outputs];
    const done = spawnSync(node, tsc, { cwd: root, encoding: 'utf8' });
    if (done.status !== 0) {
      process.stderr.write(done.stdout + done.stderr);
      throw new SetupError('the build failed (the compiler’s output is above)');
    }
    // The fingerprint of before: what changes during the build is built next time.
    writeFileSync(`${NEXT}/.quarry-build`, sources);
    if (existsSync(DIST)) renameSync(DIST, LAST);
    renameSync(NEXT, DIST);
  } finally {
    for (const left of [NEXT, LAST]) rmSync(left, { recursive: true, force: true });
  }
}
