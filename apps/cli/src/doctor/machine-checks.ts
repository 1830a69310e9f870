import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asQuarryError, formatBytes } from '#libs/kernel';
import { failed, ok, warning, type Finding } from './finding.ts';

/** Below this the next large import may not fit. */
const LITTLE_BYTES = 2 ** 30;
/** Below this even the job store may not be able to write. */
const NOTHING_BYTES = 100 * 2 ** 20;

export async function checkDisk(folder: string): Promise<Finding> {
  let at = folder;
  while (!existsSync(at)) at = dirname(at);
  const { bavail, bsize } = await statfs(at);
  const free = bavail * bsize;
  const text = `${formatBytes(free)} free for ${folder}`;
  const advice = 'make room, or set QUARRY_DATA to a larger disk';
  if (free < NOTHING_BYTES) return failed('disk', text, advice);
  return free < LITTLE_BYTES ? warning('disk', text, advice) : ok('disk', text);
}

/** A dependency that can be asked for itself. */
export async function checkPing(check: string, ping: () => Promise<void>, advice: string): Promise<Finding> {
  try {
    await ping();
    return ok(check, 'answers');
  } catch (error) {
    const { code, message } = asQuarryError(error);
    return failed(check, `${message} (${code})`, advice);
  }
}

/** No server is no failure: whoever asks may be about to start it. */
export async function checkServer(url: string, healthy: () => Promise<boolean>): Promise<Finding> {
  try {
    if (await healthy()) return ok('server', `runs at ${url}`);
  } catch (error) {
    if (asQuarryError(error).code === 'no_server') return warning('server', `does not run at ${url}`, 'npm start');
    return failed('server', asQuarryError(error).message, 'check --url');
  }
  return failed('server', `${url} says that it is not healthy`, `see its log, and ${url}/readyz`);
}
