import { isAbsolute, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { invalid } from '#libs/kernel';
import type { OpenedSource, SourceOpener } from '#libs/jobs';
import type { ObjectStore } from '#libs/object-store';

export interface SourcePlacesOptions {
  /** Where staged bodies lie. */
  readonly staging: ObjectStore;
  /** A read-only store on `/`. */
  readonly files: ObjectStore;
  /** A store for a bucket of S3, with the process's own credentials. */
  readonly bucket: (name: string) => Promise<ObjectStore>;
}

export const STAGING_SCHEME = 'staging:';

/** The places that an import may name: local files, S3, and what the gateway has staged. */
export class SourcePlaces implements SourceOpener {
  private readonly buckets = new Map<string, Promise<ObjectStore>>();

  constructor(private readonly options: SourcePlacesOptions) {}

  async open(url: string): Promise<OpenedSource> {
    if (url.startsWith(STAGING_SCHEME)) {
      // Behind the # stands what the client calls it.
      const key = url.slice(STAGING_SCHEME.length).split('#')[0]!;
      return { store: this.options.staging, key, urlOf: (other) => STAGING_SCHEME + other };
    }
    if (url.startsWith('file:')) return this.openFile(url);
    if (url.startsWith('s3://')) return this.openBucket(url);
    throw invalid(
      'bad_source',
      `"${url.slice(0, 200)}" is not a source; write file:///absolute/path or s3://bucket/key`,
      {
        source: url.slice(0, 200),
      },
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.buckets.values()].map(async (store) => (await store).close()));
    await this.options.files.close();
  }

  private openFile(url: string): OpenedSource {
    let path: string;
    try {
      // `file://./data` names a host, which no file has: people mean a relative path, and whose folder would that be?
      path = fileURLToPath(url);
    } catch (error) {
      const why = (error as Error).message;
      throw invalid('bad_source', `"${url}": ${why}; write file:///absolute/path`, { source: url });
    }
    if (!isAbsolute(path)) throw invalid('bad_source', `"${url}" is not an absolute path`, { source: url });
    const key = normalize(path).replace(/^\/+/, '');
    return { store: this.options.files, key, urlOf: (other) => pathToFileURL(`/${other}`).href };
  }

  private async openBucket(url: string): Promise<OpenedSource> {
    const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(url);
    if (!found) throw invalid('bad_source', `"${url}" is not s3://bucket/key`, { source: url });
    const [, bucket, key = ''] = found;
    let store = this.buckets.get(bucket!);
    if (!store) {
      store = this.options.bucket(bucket!);
      this.buckets.set(bucket!, store);
      // What could not be opened is tried anew, and is nothing to close.
      store.catch(() => this.buckets.delete(bucket!));
    }
    return { store: await store, key, urlOf: (other) => `s3://${bucket}/${other}` };
  }
}
