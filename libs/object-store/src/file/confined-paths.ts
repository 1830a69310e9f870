import { mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { invalid, type QuarryError } from '#libs/kernel';
import { checkKey } from '../object-key.ts';
import { errnoOf } from './file-errors.ts';

/** Holds the temporary files of a root. At any depth no object can be named so, and no listing shows it. */
export const TEMPORARY_FOLDER = '.quarry-tmp';

/**
 * The paths of one root folder. FILE-1: nothing outside the root is read or written: keys have no `..`, and a
 * symbolic link counts as what it leads to, so one that leaves the root is `invalid` (`access_denied`).
 */
export class ConfinedPaths {
  readonly root: string;
  private realRoot: string | undefined;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** The path of an object. Throws `bad_key`. */
  of(key: string): string {
    checkKey(key);
    if (key.split('/').includes(TEMPORARY_FOLDER))
      throw invalid(
        'bad_key',
        `the key "${key}" has the segment "${TEMPORARY_FOLDER}", which is kept for temporary files`,
        {
          key,
        },
      );
    return join(this.root, key);
  }

  get temporaryFolder(): string {
    return join(this.root, TEMPORARY_FOLDER);
  }

  /** The path with all links resolved. Throws what realpath throws, and `access_denied` when it is outside the root. */
  async confined(path: string): Promise<string> {
    this.realRoot ??= await realpath(this.root);
    const real = await realpath(path);
    const inside = relative(this.realRoot, real);
    if (inside === '..' || inside.startsWith(`..${sep}`)) throw escapes(path, real, this.root);
    return real;
  }

  /** Makes a folder inside the root, and the missing ones above it, durably. Throws ENOTDIR where a file is in the way. */
  async makeFolder(folder: string): Promise<void> {
    try {
      if (folder === this.root) await mkdir(folder, { recursive: true });
      await this.confined(folder);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      const parent = dirname(folder);
      await this.makeFolder(parent);
      try {
        await mkdir(folder);
        await syncFolder(parent);
      } catch (mkdirError) {
        if (errnoOf(mkdirError) !== 'EEXIST') throw mkdirError;
        await this.confined(folder);
      }
    }
  }
}

const escapes = (path: string, real: string, root: string): QuarryError =>
  invalid('access_denied', `"${path}" leads to "${real}", outside of the store's folder "${root}"`, { path });

/** Makes the names in a folder durable: without it a file created or renamed may be gone after a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
