import type { Settings } from '#config';
import { asQuarryError, QuarryError, type Clock, type Random } from '#libs/kernel';
import {
  CachingObjectStore,
  CountingObjectStore,
  FileObjectStore,
  S3ObjectStore,
  checkConditionalWrites,
  type ObjectStore,
} from '#libs/object-store';
import { isImmutableKey } from '#libs/index';
import { SourcePlaces } from './source-places.ts';

interface Value {
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** The stores of a process: its data, with cache and counts, and what may be imported. */
export interface OpenStores {
  /** Not cached: for what changes and for what is read once. */
  readonly counted: CountingObjectStore;
  /** The same store, with the memory cache for what never changes. */
  readonly cached: CachingObjectStore;
  readonly sources: SourcePlaces;
  requests(): Value[];
  bytes(): Value[];
  cacheLookups(): Value[];
}

export interface StoreParts {
  readonly clock: Clock;
  readonly random: Random;
}

export function openStores(settings: Settings, parts: StoreParts): OpenStores {
  const counted = new CountingObjectStore(openLocation(settings, parts));
  const cached = new CachingObjectStore(counted, {
    maxBytes: settings.cacheMemoryBytes,
    isImmutable: isImmutableKey,
  });
  const sources = new SourcePlaces({
    staging: counted,
    files: new FileObjectStore({ root: '/', readOnly: true, ...parts }),
    bucket: (bucket) => new S3ObjectStore({ bucket, ...settings.s3, ...parts }),
  });
  return {
    counted,
    cached,
    sources,
    requests: () =>
      Object.entries(counted.snapshot().requests).map(([operation, value]) => ({ labels: { operation }, value })),
    bytes: () => {
      const { bytesRead, bytesWritten } = counted.snapshot();
      return [
        { labels: { direction: 'read' }, value: bytesRead },
        { labels: { direction: 'written' }, value: bytesWritten },
      ];
    },
    cacheLookups: () => {
      const { hits, misses } = cached.counts();
      return [
        { labels: { outcome: 'hit' }, value: hits },
        { labels: { outcome: 'miss' }, value: misses },
      ];
    },
  };
}

function openLocation({ store, s3 }: Settings, parts: StoreParts): ObjectStore {
  if (store.kind === 'file') return new FileObjectStore({ root: store.folder, ...parts });
  return new S3ObjectStore({ bucket: store.bucket, prefix: store.prefix, ...s3, ...parts });
}

/**
 * Stops a start that could only fail later: first a bucket that cannot be read at all (`access_denied`,
 * `bucket_not_found`, `store_unavailable`, …), then one that ignores If-None-Match, in which two committers would both win
 * (`conditional_writes_unsupported`).
 */
export async function refuseUnsafeStore(
  settings: Settings,
  store: ObjectStore,
  ids: Parameters<typeof checkConditionalWrites>[1],
): Promise<void> {
  // A local file system is ours to know; a bucket may be anything.
  if (settings.store.kind !== 's3') return;
  const { bucket, prefix } = settings.store;
  try {
    // One request says what is wrong with the bucket as a whole; the check below would say it of objects of its own.
    for await (const _ of store.list('', { limit: 1 })) break;
  } catch (error) {
    const { kind, code, message, details } = asQuarryError(error);
    const what = `the store s3://${bucket}${prefix && `/${prefix}`} cannot be used: ${message}`;
    throw new QuarryError(kind, what, { code, details, cause: error });
  }
  await checkConditionalWrites(store, ids);
}
