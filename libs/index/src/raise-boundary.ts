import { corrupt, isQuarryError, QuarryError } from '#libs/kernel';
import type { ObjectInfo, ObjectStore } from '#libs/object-store';
import { Boundary } from './boundary.ts';
import type { IndexName } from './index-catalog.ts';
import { objectPaths, versionOfKey } from './object-paths.ts';
import { decodeManifest, type StoredManifest } from './stored-manifest.ts';
import { isOlder } from './store-time.ts';

export interface RaisedBoundary {
  /** The oldest version that is kept. */
  readonly manifest: StoredManifest;
  /** The manifests below it, ascending. */
  readonly below: readonly ObjectInfo[];
}

interface Listed {
  readonly version: number;
  readonly info: ObjectInfo;
}

/** Of every round another collector has moved the boundary further. */
const ATTEMPTS = 5;

/**
 * MAN-2: moves the boundary up to the newest version that has existed for so long: whatever came before it was superseded
 * as long ago. Undefined when there is no version at all. Nothing is deleted yet.
 *
 * Two collectors at once may move the boundary back, since no store can replace an object only if it is unchanged. Whoever
 * does finds the version that it wrote gone, and starts over: it then sees where the versions begin.
 */
export async function raiseBoundary(
  store: ObjectStore,
  name: IndexName,
  horizon: number,
): Promise<RaisedBoundary | undefined> {
  const boundary = new Boundary(store);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const current = await boundary.read(name);
    const versions = await listed(store, name);
    const newest = versions.at(-1)?.version;
    if (newest === undefined) return undefined;
    if (current > newest) {
      throw corrupt(`the boundary of index "${name.index}" is ${current}, its newest version ${newest}`, { ...name });
    }
    const version = Math.max(current, oldestToKeep(versions, horizon));
    await boundary.raise(name, version);
    const manifest = await read(store, name, version);
    if (!manifest) continue;
    return { manifest, below: versions.filter((each) => each.version < version).map(({ info }) => info) };
  }
  throw new QuarryError('conflict', `others collect index "${name.index}" at the same time: try again later`, {
    code: 'collector_contended',
  });
}

/** The last of the leading old ones, in the run without gaps that the newest ends. */
function oldestToKeep(versions: readonly Listed[], horizon: number): number {
  let first = versions.length - 1;
  while (first > 0 && versions[first - 1]!.version === versions[first]!.version - 1) first--;
  let at = first;
  while (at + 1 < versions.length && isOlder(versions[at + 1]!.info, horizon)) at++;
  return versions[at]!.version;
}

async function listed(store: ObjectStore, name: IndexName): Promise<Listed[]> {
  const versions: Listed[] = [];
  for await (const info of store.list(objectPaths(name).manifests)) {
    const version = versionOfKey(info.key);
    if (version !== undefined) versions.push({ version, info });
  }
  return versions;
}

/** Past every cache: what matters is whether it still exists. */
async function read(store: ObjectStore, name: IndexName, version: number): Promise<StoredManifest | undefined> {
  const key = objectPaths(name).manifest(version);
  try {
    return decodeManifest(await store.get(key), key, version);
  } catch (error) {
    if (isQuarryError(error) && error.code === 'object_not_found') return undefined;
    throw error;
  }
}
