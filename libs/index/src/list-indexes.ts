import { isIndexName } from './index-name.ts';
import type { ObjectStore } from '#libs/object-store';
import { tenantRoot } from './object-paths.ts';

/** Sorts directly after `/`: a name with it is behind every key of the name's folder and before every other name's. */
const AFTER_SLASH = '0';

/** The names of a tenant's folders. Dropped indexes are among them. */
export const indexFolders = (store: ObjectStore, tenant: string): AsyncGenerator<string> =>
  folders(store, tenantRoot(tenant));

/** The names of the folders that may be a tenant's; what is kept for the installation has other names. */
export const tenantFolders = (store: ObjectStore): AsyncGenerator<string> => folders(store, '');

/** One request for each folder, however many objects it holds: the first key after a folder's end names the next. */
async function* folders(store: ObjectStore, root: string): AsyncGenerator<string> {
  let startAfter = root;
  for (;;) {
    let next: string | undefined;
    for await (const { key } of store.list(root, { ...(startAfter !== '' && { startAfter }), limit: 1 })) {
      const folder = key.slice(root.length).split('/', 1)[0]!;
      // A foreign object that lies between the folders is stepped over by its own key.
      const isFolder = key.length > root.length + folder.length;
      next = isFolder ? root + folder + AFTER_SLASH : key;
      if (isFolder && isIndexName(folder)) yield folder;
    }
    if (next === undefined) return;
    startAfter = next;
  }
}
