import { open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import type { Clock, Random } from '#libs/kernel';
import type { ConfinedPaths } from './confined-paths.ts';
import { errnoOf, isAbsent } from './file-errors.ts';

/** A file nobody has written to for so long belongs to a process that is gone, unless its pid still runs here … */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
/** … and after so long to nobody at all: the pid has been given to another process since. */
const SURELY_ABANDONED_AFTER_MS = 24 * ABANDONED_AFTER_MS;

/**
 * Files on their way to becoming objects, named `<pid>-<random>` in one hidden folder of the root (the same file system,
 * so that rename and link work). A writer whose file was cleaned up under it fails with `unavailable`, it does no harm.
 */
export class TemporaryFiles {
  private readonly paths: ConfinedPaths;
  private readonly clock: Clock;
  private readonly random: Random;
  private cleaning: Promise<void> | undefined;

  constructor(paths: ConfinedPaths, clock: Clock, random: Random) {
    this.paths = paths;
    this.clock = clock;
    this.random = random;
  }

  /** A new empty file. The first call also begins to clean up what dead processes left. */
  async create(): Promise<{ path: string; handle: FileHandle }> {
    const folder = this.paths.temporaryFolder;
    await this.paths.makeFolder(folder);
    // Cleaning is a courtesy: that it fails must not fail a write.
    this.cleaning ??= this.removeAbandoned().catch(() => undefined);
    const path = join(folder, `${pid}-${Buffer.from(this.random.bytes(12)).toString('hex')}`);
    return { path, handle: await open(path, 'wx') };
  }

  /** Removes what processes that are gone left behind. */
  async removeAbandoned(): Promise<void> {
    const folder = this.paths.temporaryFolder;
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      try {
        const idleMs = this.clock.now() - (await stat(path)).mtimeMs;
        const abandoned = idleMs > ABANDONED_AFTER_MS && !isRunning(Number.parseInt(name, 10));
        if (abandoned || idleMs > SURELY_ABANDONED_AFTER_MS) await rm(path, { force: true });
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.cleaning;
  }
}

function isRunning(candidate: number): boolean {
  if (!Number.isSafeInteger(candidate) || candidate <= 0) return false;
  try {
    process.kill(candidate, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return errnoOf(error) !== 'ESRCH';
  }
}
