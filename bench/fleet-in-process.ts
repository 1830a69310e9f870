import { createIds, seededRandom, systemClock } from '#libs/kernel';
import { MemoryBroker, type Broker } from '#libs/broker';
import { ObjectStoreIndexCatalog, isImmutableKey } from '#libs/index';
import {
  ClaimCheck,
  KindRegistry,
  RuntimeJobService,
  SearchKind,
  WorkerHost,
  noJobEvents,
  type AnyJobKind,
  type JobParts,
} from '#libs/jobs';
import { MemoryJobStore, type JobStore, type Membership } from '#libs/job-store';
import { CachingObjectStore, LatencyObjectStore, MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import { silentLogger } from '#libs/telemetry';

/** What all workers of a bench share. */
export interface Common {
  readonly store: MemoryObjectStore;
  readonly broker: Broker;
  readonly jobs: JobStore & Membership;
}

export const inMemory = (): Common => ({
  store: new MemoryObjectStore({ clock: systemClock }),
  broker: new MemoryBroker({ clock: systemClock }),
  jobs: new MemoryJobStore({ clock: systemClock }),
});

export interface MemberOptions {
  readonly seed: number;
  /** First byte of every request to the store, ms: the median and the spread of a log-normal. */
  readonly latencyMs: number;
  readonly sigma: number;
  readonly cacheBytes: number;
  readonly searchTaskBytes: number;
}

/** The parts of one process, on stores of its own latency and its own cache. */
export function partsOf(common: Common, options: MemberOptions, more: readonly AnyJobKind[] = []): JobParts {
  const clock = systemClock;
  const random = seededRandom(options.seed);
  const ids = createIds(clock, random);
  const latency = { medianMs: options.latencyMs, sigma: options.sigma };
  const store: ObjectStore =
    options.latencyMs === 0 ? common.store : new LatencyObjectStore(common.store, latency, { clock, random });
  const cachedStore = new CachingObjectStore(store, { maxBytes: options.cacheBytes, isImmutable: isImmutableKey });
  const catalog = new ObjectStoreIndexCatalog({ store, cachedStore, clock, random, ids });
  return {
    kinds: new KindRegistry([new SearchKind(catalog, { taskBytes: options.searchTaskBytes }), ...more]),
    broker: common.broker,
    jobs: common.jobs,
    store,
    claims: new ClaimCheck(store),
    clock,
    random,
    ids,
    logger: silentLogger,
    events: noJobEvents,
    namespace: 'bench',
  };
}

export async function hire(parts: JobParts, common: Common, concurrency: number, hedge: boolean): Promise<WorkerHost> {
  const host = new WorkerHost(parts, {
    roles: ['search'],
    concurrency: { search: concurrency },
    fleet: {
      membership: common.jobs,
      hedge,
      self: { host: 'bench', pid: process.pid, version: 'bench' },
      cache: () => ({ bytes: 0, maxBytes: 0, hits: 0, misses: 0 }),
    },
  });
  await host.start();
  return host;
}

export const clientOf = (parts: JobParts): RuntimeJobService => new RuntimeJobService(parts);
