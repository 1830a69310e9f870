import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './paths.mjs';
import { say } from './say.mjs';

// Beside neither node_modules nor dist, because both are replaced while the lock is held.
const place = createHash('sha256').update(root).digest('hex').slice(0, 16);
export const setupLockPath = join(tmpdir(), `quarry-setup-${place}-${userInfo().username.replaceAll(/\W/g, '_')}.lock`);

/** An installation that takes longer than this has hung, or its process id now belongs to somebody else. */
const STALE_MS = 20 * 60_000;

/** Runs `work` while no other process on this machine prepares the same checkout. A lock left by a dead process is taken over. */
export async function withSetupLock(work, path = setupLockPath) {
  await acquire(path);
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function acquire(path) {
  for (let told = false; ;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isStale(path)) {
      takeAway(path);
      continue;
    }
    if (!told) say('another process is setting this checkout up, waiting for it …');
    told = true;
    await sleep(100);
  }
}

function isStale(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    const age = Date.now() - statSync(path).mtimeMs;
    // Empty: its maker is between creating and writing, or died there.
    if (!pid) return age > 5000;
    return age > STALE_MS || !isAlive(pid);
  } catch {
    return false; // Gone meanwhile.
  }
}

/** By renaming: of several waiters that find the same stale lock, one takes it away. */
function takeAway(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    const pid = Number(readFileSync(aside, 'utf8'));
    // Another waiter was faster and this is its new lock: give it back.
    if (pid && isAlive(pid) && Date.now() - statSync(aside).mtimeMs < STALE_MS) renameSync(aside, path);
    else rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
