import type { Settings } from '#config';
import {
  createIds,
  invalid,
  systemClock,
  systemRandom,
  type Clock,
  type Ids,
  type QuarryError,
  type Random,
} from '#libs/kernel';
import { ObjectStoreIndexCatalog } from '#libs/index';
import {
  Announcer,
  ClaimCheck,
  CompactKind,
  DeleteByQueryKind,
  DeleteDocumentsKind,
  deliveryPoster,
  ExportKind,
  GcKind,
  ImportKind,
  KindRegistry,
  openBuildThreads,
  openSearchThreads,
  RuntimeJobService,
  SearchKind,
  SearchThreads,
  WarmKind,
  WebhookKind,
} from '#libs/jobs';
import { ObjectStoreRegistry } from '#libs/registry';
import { limitHotUnits } from '#libs/segment';
import { createLogger, Metrics } from '#libs/telemetry';
import { openWebhooks } from '#libs/webhooks';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { cacheShares } from './cache-shares.ts';
import { jobEvents } from './job-events.ts';
import { observePlatform } from './observe-platform.ts';
import { observeThreads } from './observe-threads.ts';
import { openBroker } from './open-broker.ts';
import { openJobStore } from './open-job-store.ts';
import { openStores, refuseUnsafeStore } from './open-stores.ts';
import { Platform } from './platform.ts';

export interface PlatformOptions {
  /** Of the process, in its log. */
  readonly name: string;
}

/**
 * Opens every part that the settings name and puts them together: the only place that names adapters. Rejects with one
 * clear error (`disk_full`, `access_denied`, `store_unavailable`, …) when a part cannot be opened.
 */
export async function openPlatform(settings: Settings, options: PlatformOptions): Promise<Platform> {
  const clock: Clock = systemClock;
  const random: Random = systemRandom;
  const ids: Ids = createIds(clock, random);
  const logger = createLogger({ level: settings.logLevel, name: options.name });
  const metrics = new Metrics();
  if (usesDataFolder(settings)) makeDataFolder(settings.dataFolder);
  const stores = await openStores(settings, { clock, random, logger });
  await refuseUnsafeStore(settings, stores.counted, ids);
  const serviceParts = {
    clock,
    random,
    ids,
    name: options.name,
    onError: (error: QuarryError) => logger.warn({ err: error }, 'a service that this process needs met trouble'),
  };
  const { broker, queueDashboard } = await openBroker(settings, serviceParts);
  const jobs = await openJobStore(settings, serviceParts).catch(async (error: unknown) => {
    await broker.close();
    throw error;
  });
  const shares = cacheShares(settings.cacheMemoryBytes, settings.searchThreads);
  limitHotUnits(shares.parsed);
  const catalog = new ObjectStoreIndexCatalog({
    store: stores.counted,
    cachedStore: stores.cached,
    clock,
    random,
    ids,
    hints: { get: (key) => jobs.getHint(key), put: (key, value) => jobs.putHint(key, value) },
    keptBytes: shares.opened,
  });
  const { threads = availableParallelism() } = settings;
  const buildThreads =
    threads === 0
      ? undefined
      : openBuildThreads({
          threads,
          indexMemoryBytes: settings.indexMemoryBytes,
          clock,
          onLost: (reason) => logger.error({ reason }, 'a thread that built segments has died'),
        });
  const searchThreads =
    shares.searchThreads === 0
      ? undefined
      : openSearchThreads({
          threads: shares.searchThreads,
          cacheBytes: shares.threads,
          store: stores.cached,
          catalog,
          clock,
          onLost: (reason) => logger.error({ reason }, 'a thread that searched has died'),
        });
  const pools = { ...(buildThreads && { build: buildThreads }), ...(searchThreads && { search: searchThreads }) };
  const buildParts = {
    catalog,
    store: stores.counted,
    clock,
    ids,
    memoryBytes: settings.indexMemoryBytes,
    ...(buildThreads && { threads: buildThreads }),
  };
  const webhooks = openWebhooks(
    {
      open: (prefix, parse) => new ObjectStoreRegistry({ store: stores.counted, prefix, parse, clock, random }),
      clock,
      random,
      ids,
    },
    settings.webhookAllow,
  );
  const webhookKind = new WebhookKind({ ...webhooks, random });
  const announcer = new Announcer({
    endpoints: webhooks.endpoints,
    createDelivery: deliveryPoster({ jobs, broker, namespace: settings.namespace }, webhookKind),
    clock,
    ids,
    publicUrl: settings.publicUrl,
  });
  const jobParts = {
    kinds: new KindRegistry([
      new SearchKind(catalog, {
        taskBytes: settings.searchTaskBytes,
        filterBytes: shares.results,
        findingBytes: shares.results,
        ...(searchThreads && { threads: new SearchThreads(searchThreads, clock) }),
      }),
      new ImportKind({ ...buildParts, opener: stores.sources }),
      new DeleteDocumentsKind(catalog),
      new DeleteByQueryKind({ catalog }),
      new ExportKind({ catalog, store: stores.counted, targets: stores.targets }),
      webhookKind,
      new CompactKind(buildParts),
      new WarmKind({
        catalog,
        taskBytes: settings.searchTaskBytes,
        cacheBytes: settings.cacheMemoryBytes + settings.cacheDiskBytes,
      }),
      new GcKind({ catalog, jobs, graceMs: settings.gcGraceMs ?? KEEP_MS }),
    ]),
    announcer,
    broker,
    jobs,
    store: stores.counted,
    claims: new ClaimCheck(stores.counted),
    clock,
    random,
    ids,
    logger,
    events: jobEvents(metrics),
    namespace: settings.namespace,
  };
  observePlatform(metrics, broker, jobs, stores);
  observeThreads(metrics, pools);
  return new Platform({
    settings,
    clock,
    random,
    ids,
    logger,
    metrics,
    store: stores.counted,
    sources: stores.sources,
    targets: stores.targets,
    broker,
    jobs,
    membership: jobs,
    cacheUse: stores.cacheUse,
    ...(queueDashboard && { queueDashboard }),
    catalog,
    threads,
    pools: Object.values(pools),
    jobParts,
    jobService: new RuntimeJobService(jobParts),
    webhooks: { ...webhooks, announcer },
  });
}

/** With collecting off, a `gc` job that another process submits finds nothing old enough here. */
const KEEP_MS = 365 * 24 * 3_600_000;

/** A process of an installation of many machines keeps nothing on its disk, which may be read-only. */
const usesDataFolder = ({ broker, jobs, store, dataFolder }: Settings): boolean =>
  broker.kind === 'embedded' ||
  jobs.kind === 'embedded' ||
  (store.kind === 'file' && store.folder.startsWith(dataFolder));

function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw invalid('bad_data_folder', `the data folder ${folder} cannot be made: ${(error as Error).message}`);
  }
}
