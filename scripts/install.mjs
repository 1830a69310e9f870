import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot, root } from './paths.mjs';
import { timed } from './say.mjs';
import { SetupError } from './setup-error.mjs';
import { withSetupLock } from './setup-lock.mjs';

const LOCK = inRoot('package-lock.json');
const STAMP = inRoot('node_modules', '.quarry-install');
/** npm's own note of what it put into node_modules. */
const INSTALLED = inRoot('node_modules', '.package-lock.json');

/** Runs `npm ci` unless node_modules is already what package-lock.json asks for. */
export async function ensureInstalled() {
  // npm never publishes the lock file: this is an installed package, and its dependencies are whoever installed it's.
  if (!existsSync(LOCK) || isFresh()) return;
  await withSetupLock(async () => {
    if (isFresh()) return;
    if (!agrees(readJson(LOCK), readJson(INSTALLED))) await timed('installing the dependencies (npm ci)', npmCi);
    writeFileSync(STAMP, lockHash());
  });
}

function isFresh() {
  try {
    return readFileSync(STAMP, 'utf8') === lockHash();
  } catch {
    return false;
  }
}

const lockHash = () => createHash('sha256').update(readFileSync(LOCK)).digest('hex');

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Whether somebody's own `npm ci` or `npm install` has already put in what the lock asks for: all of it (optional packages
 * of other platforms apart), nothing else, nothing in another version.
 */
export function agrees(lock, installed) {
  if (!lock?.packages || !installed?.packages) return false;
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '');
  const isThere = ([path, entry]) => {
    const found = installed.packages[path];
    if (!found) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  };
  return wanted.every(isThere) && Object.keys(installed.packages).every((path) => Object.hasOwn(lock.packages, path));
}

async function npmCi() {
  // Under `npm run`, the very npm that runs us; else the PATH's.
  const script = /npm-cli\.c?js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : undefined;
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = script
    ? await capture(process.execPath, [script, ...flags])
    : await capture(process.platform === 'win32' ? 'npm.cmd' : 'npm', flags);
  if (code === 0) return;
  process.stderr.write(output);
  throw new SetupError('npm ci failed (its output is above); check the network and the npm registry, then try again');
}

function capture(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: command.endsWith('.cmd'),
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) =>
      reject(new SetupError(`cannot run ${command}: ${error.message}; npm comes with Node.js`)),
    );
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
