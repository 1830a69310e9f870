import type { ObjectStore } from '#libs/object-store';
import type { IndexName } from './index-catalog.ts';
import { objectPaths, versionOfKey } from './object-paths.ts';

/** Keys in one answer of S3's ListObjectsV2. */
const PAGE = 1000;

/**
 * The highest version after `after`, or undefined. One listing where fewer than a page of versions follow; where more
 * do, versions are dense (MAN-1), so doubling steps and a binary search find the end in 2·log2 requests.
 */
export async function newestVersion(store: ObjectStore, name: IndexName, after: number): Promise<number | undefined> {
  const paths = objectPaths(name);
  let newest: number | undefined;
  let seen = 0;
  for await (const object of store.list(paths.manifests, { startAfter: paths.manifest(after), limit: PAGE })) {
    seen++;
    newest = versionOfKey(object.key) ?? newest;
  }
  if (newest === undefined || seen < PAGE) return newest;

  const exists = async (version: number): Promise<boolean> => (await store.head(paths.manifest(version))) !== undefined;
  let step = PAGE;
  while (await exists(newest + step)) {
    newest += step;
    step *= 2;
  }
  let [low, high] = [newest, newest + step];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await exists(middle)) low = middle;
    else high = middle;
  }
  return low;
}
