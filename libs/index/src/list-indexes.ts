import { isIndexName } from './index-name.ts';
import type { ObjectStore } from '#libs/object-store';
import { tenantRoot } from './object-paths.ts';

/** Sorts directly after `/`: a name with it is behind every key of the name's folder and before every other name's. */
const AFTER_SLASH = '0';

/**
 * The names of a tenant's folders, one request each however many objects they hold: the first key after a folder's end
 * names the next folder. Dropped indexes are among them.
 */
export async function* indexFolders(store: ObjectStore, tenant: string): AsyncGenerator<string> {
  const root = tenantRoot(tenant);
  let startAfter: string | undefined = root;
  while (startAfter !== undefined) {
    let next: string | undefined;
    for await (const { key } of store.list(root, { startAfter, limit: 1 })) {
      const folder = key.slice(root.length).split('/', 1)[0]!;
      // A foreign object that lies between the folders is stepped over by its own key.
      const isFolder = key.length > root.length + folder.length;
      next = isFolder ? root + folder + AFTER_SLASH : key;
      if (isFolder && isIndexName(folder)) yield folder;
    }
    startAfter = next;
  }
}
