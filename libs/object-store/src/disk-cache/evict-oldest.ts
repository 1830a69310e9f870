import { readdir, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#libs/kernel';

/** The folder of files that are being written. */
export const TEMPORARY = 'tmp';
/** A temporary file of this age is of a process that has died. */
const ABANDONED_MS = 10 * 60_000;
/** Above this share of the bound files are deleted … */
export const FULL_SHARE = 0.95;
/** … down to this share of the bound, so that the next look is not at once due. */
const TARGET_SHARE = 0.8;

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/**
 * Looks through a disk cache's folder and, where it is over its bound, deletes what was used least lately, whoever wrote it.
 * Other processes may do the same at the same time: what is gone is gone. @returns bytes that are left
 */
export async function evictOldest({ folder, maxBytes, clock }: EvictionBounds): Promise<number> {
  await deleteAbandoned(join(folder, TEMPORARY), clock);
  const entries: Entry[] = [];
  const folders: string[] = [];
  for (const first of await namesIn(folder)) {
    if (first === TEMPORARY) continue;
    for (const second of await namesIn(join(folder, first))) {
      const path = join(folder, first, second);
      folders.push(path);
      entries.push(...(await entriesIn(path)));
    }
  }
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes <= maxBytes * FULL_SHARE) return bytes;
  for (const entry of entries.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (bytes <= maxBytes * TARGET_SHARE) break;
    if (await isGone(entry.path)) bytes -= entry.bytes;
  }
  // Those that are not empty stay.
  for (const path of folders) await rmdir(path).catch(() => undefined);
  return bytes;
}

export interface EvictionBounds {
  readonly folder: string;
  readonly maxBytes: number;
  readonly clock: Clock;
}

/** Deletes; false when it may not be. */
const isGone = (path: string): Promise<boolean> =>
  unlink(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );

const namesIn = (path: string): Promise<string[]> => readdir(path).catch(() => []);

async function entriesIn(path: string): Promise<Entry[]> {
  const found = await Promise.all(
    (await namesIn(path)).map(async (name): Promise<Entry | undefined> => {
      const file = join(path, name);
      const info = await stat(file).catch(() => undefined);
      return info && { path: file, bytes: info.size, usedAt: info.mtimeMs };
    }),
  );
  return found.filter((entry) => entry !== undefined);
}

async function deleteAbandoned(path: string, clock: Clock): Promise<void> {
  for (const { path: file, usedAt } of await entriesIn(path)) {
    if (clock.now() - usedAt > ABANDONED_MS) await unlink(file).catch(() => undefined);
  }
}
