import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

/** node:sqlite without a flag, require(esm), and since 24.6 zstd with dictionaries in node:zlib. */
const NEEDED = '24.6';
const STAMP = inRoot('node_modules', '.quarry-node');

/** The path of a Node of NEEDED or later: the running one, or the one that npm put beside the dependencies. */
export function findNode() {
  if (suffices(process.version)) return remember(process.execPath);
  const bundled = inRoot('node_modules', `node-${bundledPlatform()}-${process.arch}`, 'bin', `node${exe()}`);
  const remembered = readStamp();
  if (remembered === bundled && existsSync(bundled)) return bundled;
  if (suffices(versionOf(bundled))) return remember(bundled);
  throw new SetupError(
    `Node.js ${NEEDED} or later is needed; this one is ${process.version} and none could be installed for ` +
      `${process.platform} ${process.arch}. Install it from https://nodejs.org (or: nvm install 24) and try again`,
  );
}

const bundledPlatform = () => (process.platform === 'win32' ? 'win' : process.platform);
const exe = () => (process.platform === 'win32' ? '.exe' : '');
const suffices = (version) => {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  const [neededMajor, neededMinor] = NEEDED.split('.').map(Number);
  return Number(major) > neededMajor || (Number(major) === neededMajor && Number(minor) >= neededMinor);
};

/** By running it: the package of another libc or architecture can be there and not run. */
function versionOf(path) {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function readStamp() {
  try {
    return readFileSync(STAMP, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function remember(path) {
  try {
    if (readStamp() !== path) writeFileSync(STAMP, `${path}\n`);
  } catch {
    // A read-only installation: asked again next time.
  }
  return path;
}
