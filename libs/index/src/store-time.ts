import { encodeUtf8, QuarryError } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { IndexName } from './index-catalog.ts';
import { objectPaths } from './object-paths.ts';

/**
 * What time it is for the store, ms since 1970. Ages of objects are told by its clock alone: that of a process may be days
 * ahead, and everything would seem old enough to be deleted.
 */
export async function storeTime(store: ObjectStore, name: IndexName): Promise<number> {
  const key = objectPaths(name).collector;
  await store.put(key, encodeUtf8('a collector was here\n'));
  const written = await store.head(key);
  if (written) return written.modifiedAt;
  throw new QuarryError('unavailable', `${key} has gone as soon as it was written`, { code: 'store_unavailable' });
}

/** Stores round times down to seconds: whatever is compared may be so much younger than it seems. */
const COARSE_MS = 1_000;

export const isOlder = ({ modifiedAt }: { readonly modifiedAt: number }, than: number): boolean =>
  modifiedAt + COARSE_MS <= than;
