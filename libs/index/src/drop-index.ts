import type { ObjectStore } from '#libs/object-store';
import type { IndexName } from './index-catalog.ts';
import { keyBatches } from './key-batches.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { Manifest } from './manifest.ts';
import { objectPaths } from './object-paths.ts';

/**
 * Deletes the data of a dropped index; its manifests stay, so that the numbers go on when it is made anew. Resolves with
 * how many objects that were.
 *
 * A batch is listed first, and then the newest version must still be the one that says dropped: what was listed is
 * older than that moment, so nothing of an index made anew is among it. Once it has been made anew, leftovers are the
 * collector's.
 */
export async function deleteDataOf(
  store: ObjectStore,
  log: ManifestLog,
  name: IndexName,
  tombstone: Manifest,
): Promise<number> {
  const paths = objectPaths(name);
  let deleted = 0;
  for (const folder of [paths.segments, paths.deletes, paths.staging]) {
    for await (const keys of keyBatches(store.list(folder))) {
      if ((await log.newest(name))?.version !== tombstone.version) return deleted;
      await store.deleteMany(keys);
      deleted += keys.length;
    }
  }
  return deleted;
}
