import type { Settings } from '#config';
import { asQuarryError, QuarryError, type Clock, type Random } from '#libs/kernel';
import {
  CachingObjectStore,
  CountingObjectStore,
  DiskCacheObjectStore,
  FileObjectStore,
  HedgingObjectStore,
  checkConditionalWrites,
  openS3ObjectStore,
  type ObjectStore,
} from '#libs/object-store';
import { isImmutableKey } from '#libs/index';
import type { Logger } from '#libs/telemetry';
import { cacheShares } from './cache-shares.ts';
import { SourcePlaces } from './source-places.ts';
import { TargetPlaces } from './target-places.ts';

interface Value {
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** The stores of a process: its data, with cache and counts, what may be imported, and where exports go. */
export interface OpenStores {
  /** Not cached: for what changes and for what is read once. */
  readonly counted: CountingObjectStore;
  /** The same store, with the memory cache for what never changes. */
  readonly cached: CachingObjectStore;
  readonly sources: SourcePlaces;
  readonly targets: TargetPlaces;
  requests(): Value[];
  bytes(): Value[];
  cacheLookups(): Value[];
  /** Second requests for what took long. */
  hedges(): Value[];
  readonly cacheUse: () => { bytes: number; maxBytes: number; hits: number; misses: number };
}

export interface StoreParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Pick<Logger, 'warn'>;
}

/** Smaller bodies are copied for the thread that asks: that takes a few µs, less than the message they go with. */
const SHARE_FROM_BYTES = 64 * 1024;

export async function openStores(settings: Settings, parts: StoreParts): Promise<OpenStores> {
  const counted = new CountingObjectStore(await openLocation(settings, parts));
  const hedged =
    settings.hedge && settings.store.kind === 's3'
      ? new HedgingObjectStore(counted, { clock: parts.clock })
      : undefined;
  const disk = openDiskCache(settings, hedged ?? counted, parts);
  const { bodies: maxBytes, searchThreads } = cacheShares(settings.cacheMemoryBytes, settings.searchThreads);
  const cached = new CachingObjectStore(disk ?? hedged ?? counted, {
    maxBytes,
    ...(searchThreads > 0 && { shareFromBytes: SHARE_FROM_BYTES }),
    isImmutable: isImmutableKey,
  });
  const sources = new SourcePlaces({
    staging: counted,
    files: new FileObjectStore({ root: '/', readOnly: true, ...parts }),
    bucket: (bucket) => openS3ObjectStore({ bucket, ...settings.s3, ...parts }),
  });
  const { store, dataFolder, cacheFolder } = settings;
  const targets = new TargetPlaces({
    folder: (root) => new FileObjectStore({ root, ...parts }),
    bucket: (bucket) => openS3ObjectStore({ bucket, ...settings.s3, ...parts }),
    ownFolders: [dataFolder, cacheFolder, ...(store.kind === 'file' ? [store.folder] : [])],
    ...(store.kind === 's3' && { ownBucket: store }),
  });
  return {
    counted,
    cached,
    sources,
    targets,
    requests: () =>
      Object.entries(counted.snapshot().requests).map(([operation, value]) => ({ labels: { operation }, value })),
    bytes: () => {
      const { bytesRead, bytesWritten } = counted.snapshot();
      return [
        { labels: { direction: 'read' }, value: bytesRead },
        { labels: { direction: 'written' }, value: bytesWritten },
      ];
    },
    hedges: () => {
      const { sent, won } = hedged?.counts() ?? { sent: 0, won: 0 };
      return [
        { labels: { outcome: 'won' }, value: won },
        { labels: { outcome: 'lost' }, value: sent - won },
      ];
    },
    cacheUse: () => {
      const { bytes, hits, misses } = cached.counts();
      return { bytes, maxBytes, hits, misses };
    },
    cacheLookups: () => [...lookupsOf('memory', cached.counts()), ...(disk ? lookupsOf('disk', disk.counts()) : [])],
  };
}

const lookupsOf = (level: string, { hits, misses }: { hits: number; misses: number }): Value[] => [
  { labels: { level, outcome: 'hit' }, value: hits },
  { labels: { level, outcome: 'miss' }, value: misses },
];

function openDiskCache(
  { cacheDiskBytes, cacheFolder }: Settings,
  below: ObjectStore,
  { clock, logger }: StoreParts,
): DiskCacheObjectStore | undefined {
  if (cacheDiskBytes === 0) return undefined;
  return new DiskCacheObjectStore(below, {
    folder: cacheFolder,
    maxBytes: cacheDiskBytes,
    isImmutable: isImmutableKey,
    clock,
    onTrouble: (error) =>
      logger?.warn({ err: error, folder: cacheFolder }, 'the disk cache cannot be used as it should; going on without'),
  });
}

async function openLocation({ store, s3 }: Settings, parts: StoreParts): Promise<ObjectStore> {
  if (store.kind === 'file') return new FileObjectStore({ root: store.folder, ...parts });
  return openS3ObjectStore({ bucket: store.bucket, prefix: store.prefix, ...s3, ...parts });
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
