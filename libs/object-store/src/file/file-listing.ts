import { type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareCodePoints } from '#libs/kernel';
import { isKey } from '../object-key.ts';
import type { ObjectInfo } from '../object-store.ts';
import { throwIfCancelled } from '../store-errors.ts';
import { type ConfinedPaths, TEMPORARY_FOLDER } from './confined-paths.ts';
import { fromFileSystem, isAbsent } from './file-errors.ts';

export interface FileListing {
  readonly prefix: string;
  readonly startAfter: string | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Entry {
  /** A file's key, or a folder's key with a `/`: sorted by this, a walk gives all keys in order (`a-b` < `a/b` < `a0`). */
  readonly key: string;
  readonly kind: 'file' | 'folder' | 'link';
}

/** So many files are looked at together: each costs a turn of the thread pool. */
const STATS_AT_ONCE = 32;

/**
 * The objects under a root in the order of their keys. Holds the names of the folders on the way down, never the tree.
 * Folders that lie wholly before `startAfter` or outside of the prefix are not opened. Links to folders are not
 * followed (they can form loops), links to files are, within the root. Names that are not UTF-8 cannot be keys and are
 * left out.
 */
export async function* listFiles(paths: ConfinedPaths, listing: FileListing): AsyncGenerator<ObjectInfo> {
  const folder = listing.prefix.slice(0, listing.prefix.lastIndexOf('/') + 1);
  if (folder.split('/').includes(TEMPORARY_FOLDER)) return;
  try {
    await paths.confined(join(paths.root, folder));
  } catch (error) {
    if (isAbsent(error)) return;
    throw fromFileSystem(error, folder);
  }
  const stack: Entry[] = [{ key: folder, kind: 'folder' }];
  while (stack.length > 0) {
    throwIfCancelled(listing.signal, `listing "${listing.prefix}"`);
    if (stack.at(-1)!.kind === 'folder') {
      const entries = await entriesOf(paths, stack.pop()!.key, listing);
      // The stack's top is its end: push in reverse.
      for (let i = entries.length - 1; i >= 0; i--) stack.push(entries[i]!);
      continue;
    }
    const files: Entry[] = [];
    while (files.length < STATS_AT_ONCE && stack.length > 0 && stack.at(-1)!.kind !== 'folder')
      files.push(stack.pop()!);
    for (const info of await Promise.all(files.map((file) => infoOf(paths, file)))) {
      throwIfCancelled(listing.signal, `listing "${listing.prefix}"`);
      if (info) yield info;
    }
  }
}

async function entriesOf(paths: ConfinedPaths, folder: string, listing: FileListing): Promise<Entry[]> {
  let dirents: Dirent<Buffer>[];
  try {
    dirents = await readdir(join(paths.root, folder), { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    // Deleted since its parent was read.
    if (isAbsent(error)) return [];
    throw fromFileSystem(error, folder);
  }
  const entries: Entry[] = [];
  for (const dirent of dirents) {
    const name = dirent.name.toString();
    if (name === TEMPORARY_FOLDER || !Buffer.from(name).equals(dirent.name)) continue;
    const entry = entryOf(folder + name, dirent);
    if (entry && isWanted(entry, listing)) entries.push(entry);
  }
  return entries.toSorted((a, b) => compareCodePoints(a.key, b.key));
}

function entryOf(key: string, dirent: Dirent<Buffer>): Entry | undefined {
  if (!isKey(key)) return undefined;
  if (dirent.isDirectory()) return { key: `${key}/`, kind: 'folder' };
  if (dirent.isFile()) return { key, kind: 'file' };
  return dirent.isSymbolicLink() ? { key, kind: 'link' } : undefined;
}

function isWanted({ key, kind }: Entry, { prefix, startAfter }: FileListing): boolean {
  const underPrefix = key.startsWith(prefix) || (kind === 'folder' && prefix.startsWith(key));
  if (!underPrefix) return false;
  if (startAfter === undefined || compareCodePoints(key, startAfter) > 0) return true;
  // A folder before the mark is still wanted when the mark lies inside it.
  return kind === 'folder' && startAfter.startsWith(key);
}

/** Undefined for what is no object: deleted since, a link to a folder, a link that leads outside or nowhere. */
async function infoOf(paths: ConfinedPaths, { key, kind }: Entry): Promise<ObjectInfo | undefined> {
  const path = join(paths.root, key);
  try {
    const stats = await stat(kind === 'link' ? await paths.confined(path) : path);
    return stats.isFile() ? { key, size: stats.size, modifiedAt: Math.floor(stats.mtimeMs) } : undefined;
  } catch (error) {
    if (isAbsent(error) || kind === 'link') return undefined;
    throw fromFileSystem(error, key);
  }
}
