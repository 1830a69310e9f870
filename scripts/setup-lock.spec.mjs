import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withSetupLock } from './setup-lock.mjs';

/** The id of a process that is no more. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('withSetupLock', () => {
  let folder;
  let path;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quarry-lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('lets one at a time in, and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
      await Promise.resolve();
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withSetupLock(work, path)));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('takes over from a process that died', async () => {
    writeFileSync(path, String(deadPid()));
    await expect(withSetupLock(async () => 'in', path)).resolves.toBe('in');
  });

  it('lets go when the work fails', async () => {
    await expect(withSetupLock(() => Promise.reject(new Error('no network')), path)).rejects.toThrow('no network');
    expect(existsSync(path)).toBe(false);
  });
});
