import { isAbsolute, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { forbidden, invalid } from '#libs/kernel';
import type { OpenedTarget, TargetOpener } from '#libs/jobs';
import type { ObjectStore } from '#libs/object-store';

export interface TargetPlacesOptions {
  /** A store for a folder of this machine. */
  readonly folder: (root: string) => ObjectStore;
  /** A store for a bucket of S3, with the process's own credentials. */
  readonly bucket: (name: string) => Promise<ObjectStore>;
  /** Folders that hold this Quarry's own data. */
  readonly ownFolders: readonly string[];
  readonly ownBucket?: { readonly bucket: string; readonly prefix: string };
}

/** The places that an export may name: folders and S3, but never where this Quarry keeps its own data. */
export class TargetPlaces implements TargetOpener {
  private readonly stores = new Map<string, Promise<ObjectStore>>();

  constructor(private readonly options: TargetPlacesOptions) {}

  async open(url: string): Promise<OpenedTarget> {
    if (url.startsWith('file:')) return this.openFolder(url);
    if (url.startsWith('s3://')) return this.openBucket(url);
    throw bad(url, 'write file:///absolute/folder or s3://bucket/prefix');
  }

  async close(): Promise<void> {
    await Promise.all([...this.stores.values()].map(async (store) => (await store).close()));
  }

  private async openFolder(url: string): Promise<OpenedTarget> {
    let path: string;
    try {
      path = fileURLToPath(url);
    } catch (error) {
      throw bad(url, `${(error as Error).message}; write file:///absolute/folder`);
    }
    if (!isAbsolute(path) || path.includes('\0')) throw bad(url, 'it is not an absolute path');
    const root = resolve(path);
    if (root === resolve('/')) throw bad(url, 'name a folder for the export');
    if (this.options.ownFolders.some((own) => isWithin(root, resolve(own)) || isWithin(resolve(own), root)))
      throw ownData(url);
    const store = await this.store(`file:${root}`, () => Promise.resolve(this.options.folder(root)));
    return { store, prefix: '', keyOf: (file) => file, urlOf: (file) => pathToFileURL(`${root}${sep}${file}`).href };
  }

  private async openBucket(url: string): Promise<OpenedTarget> {
    const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(url);
    if (!found) throw bad(url, 'it is not s3://bucket/prefix');
    const [, bucket, path = ''] = found as unknown as [string, string, string?];
    const folder = path.replace(/\/+$/, '');
    const prefix = folder === '' ? '' : `${folder}/`;
    if (
      prefix
        .split('/')
        .slice(0, -1)
        .some((part) => part === '' || part === '.' || part === '..')
    )
      throw bad(url, 'its path has an empty, "." or ".." part');
    const { ownBucket } = this.options;
    if (ownBucket?.bucket === bucket) {
      const own = ownBucket.prefix === '' ? '' : `${ownBucket.prefix}/`;
      if (prefix.startsWith(own) || own.startsWith(prefix)) throw ownData(url);
    }
    const store = await this.store(`s3:${bucket}`, () => this.options.bucket(bucket));
    return { store, prefix, keyOf: (file) => prefix + file, urlOf: (file) => `s3://${bucket}/${prefix}${file}` };
  }

  private store(key: string, open: () => Promise<ObjectStore>): Promise<ObjectStore> {
    let store = this.stores.get(key);
    if (!store) {
      this.stores.set(key, (store = open()));
      // What could not be opened is tried anew, and is nothing to close.
      store.catch(() => this.stores.delete(key));
    }
    return store;
  }
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}${sep}`);

const bad = (url: string, why: string): Error => {
  const shown = url.slice(0, 200);
  return invalid('bad_target', `"${shown}" is no target of an export: ${why}`, { target: shown });
};

const ownData = (url: string): Error =>
  forbidden(
    'target_not_allowed',
    `"${url.slice(0, 200)}" may not be exported to: it is, or holds, this Quarry's own data`,
  );
