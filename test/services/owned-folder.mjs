import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder whose name tells whose it is: those of processes that were killed before they could remove them go first.
 * @param {string} name
 * @param {string} [parent]
 * @returns {Promise<string>}
 */
export async function ownedFolder(name, parent = tmpdir()) {
  for (const entry of await readdir(parent)) {
    const pid = Number(new RegExp(`^${name}-(\\d+)-`).exec(entry)?.[1] ?? process.pid);
    // By several at once, perhaps.
    if (!isAlive(pid)) await rm(join(parent, entry), { recursive: true, force: true }).catch(() => undefined);
  }
  return mkdtemp(join(parent, `${name}-${process.pid}-`));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
