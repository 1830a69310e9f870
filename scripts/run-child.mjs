import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { withLaunchEnvironment } from './launch-environment.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs `node …args` on our own stdin, stdout and stderr and resolves with the exit code (128 + n after signal n).
 * Each signal is forwarded once. The child stays in our process group, so killing the group kills it too; it ends when
 * this process or the npm above dies without a word.
 */
export function runNode(node, args, { cwd = process.cwd(), env = process.env } = {}) {
  const child = spawn(node, args, {
    cwd,
    stdio: 'inherit',
    env: withFirstOnPath(withLaunchEnvironment(env), dirname(node)),
  });
  const forwarded = new Set();
  const forward = (signal) => {
    // A terminal's Ctrl-C goes to every process in the group: the child has it already.
    if (forwarded.has(signal) || (signal === 'SIGINT' && process.stdin.isTTY)) return;
    forwarded.add(signal);
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const stopWatching = watchNpm(() => forward('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      stopWatching();
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** Scripts that start with `#!/usr/bin/env node` get the same Node. */
function withFirstOnPath(env, folder) {
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...env, [name]: `${folder}${delimiter}${env[name] ?? ''}` };
}

const WATCH_MS = 100;

/**
 * `npm` always outlives what it runs: when it is gone it was killed, or its shell was by the signal that it forwards
 * (dash does not replace itself by the command), and nobody is left to stop us.
 */
function watchNpm(onDeath) {
  const above = ancestors();
  if (!process.env.npm_lifecycle_event || !above.some(isNpm)) return () => {};
  const timer = setInterval(() => {
    if (ancestors().join() === above.join()) return;
    clearInterval(timer);
    onDeath();
  }, WATCH_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Our parent, and its parent when it is the shell that npm started for the script. */
function ancestors() {
  const parent = process.ppid;
  const grandparent = isNpm(parent) ? undefined : parentOf(parent);
  return grandparent === undefined ? [parent] : [parent, grandparent];
}

// Where there is no /proc nothing is found, and only npm itself is watched for.

function parentOf(pid) {
  try {
    // "pid (name) state ppid …"; the name may hold anything.
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S /s, '')
        .split(' ')[0],
    );
  } catch {
    return undefined;
  }
}

function isNpm(pid) {
  try {
    return /^(npm|node[^\0]*\0[^\0]*npm)/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/^\S*\//, ''));
  } catch {
    return false;
  }
}
