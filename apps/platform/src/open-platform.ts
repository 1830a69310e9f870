import type { Settings } from '#config';
import { createIds, invalid, systemClock, systemRandom, type Clock, type Ids, type Random } from '#libs/kernel';
import { EmbeddedBroker } from '#libs/broker';
import { ObjectStoreIndexCatalog } from '#libs/index';
import { ClaimCheck, DeleteDocumentsKind, ImportKind, KindRegistry, RuntimeJobService, SearchKind } from '#libs/jobs';
import { EmbeddedJobStore } from '#libs/job-store';
import { createLogger, Metrics } from '#libs/telemetry';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jobEvents } from './job-events.ts';
import { observePlatform } from './observe-platform.ts';
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
  makeDataFolder(settings.dataFolder);
  const stores = openStores(settings, { clock, random });
  await refuseUnsafeStore(settings, stores.counted, ids);
  const broker = await EmbeddedBroker.open({
    path: join(settings.dataFolder, 'broker.sqlite'),
    clock,
    random,
    ids,
    onError: (error) => logger.warn({ err: error }, 'the broker met trouble'),
  });
  const jobs = await EmbeddedJobStore.open({ path: join(settings.dataFolder, 'jobs.sqlite'), clock, random });
  const catalog = new ObjectStoreIndexCatalog({
    store: stores.counted,
    cachedStore: stores.cached,
    clock,
    random,
    ids,
    hints: { get: (key) => jobs.getHint(key), put: (key, value) => jobs.putHint(key, value) },
  });
  const importParts = {
    catalog,
    store: stores.counted,
    clock,
    ids,
    memoryBytes: settings.indexMemoryBytes,
    opener: stores.sources,
  };
  const jobParts = {
    kinds: new KindRegistry([new SearchKind(catalog), new ImportKind(importParts), new DeleteDocumentsKind(catalog)]),
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
  observePlatform(metrics, broker, stores);
  return new Platform({
    settings,
    clock,
    random,
    ids,
    logger,
    metrics,
    store: stores.counted,
    sources: stores.sources,
    broker,
    jobs,
    catalog,
    jobParts,
    jobService: new RuntimeJobService(jobParts),
  });
}

function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw invalid('bad_data_folder', `the data folder ${folder} cannot be made: ${(error as Error).message}`);
  }
}
