import type { Clock, Ids, Random } from '#libs/kernel';
import type { Settings } from '#config';
import type { Broker } from '#libs/broker';
import type { IndexCatalog } from '#libs/index';
import type { Announcer, JobParts, JobService } from '#libs/jobs';
import type { JobStore, Member, Membership } from '#libs/job-store';
import type { ObjectStore } from '#libs/object-store';
import type { Webhooks } from '#libs/webhooks';
import type { ThreadPool } from '#libs/threads';
import type { Logger, Metrics } from '#libs/telemetry';
import { EvictionCheck } from './eviction-check.ts';
import type { SourcePlaces } from './source-places.ts';
import type { TargetPlaces } from './target-places.ts';

/**
 * Everything a process is made of, opened from its settings: the composition root's product, and the one thing that the
 * apps inject. A class so that it can be a provider's token.
 */
export class Platform {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Counted, not cached. */
  readonly store: ObjectStore;
  /** What imports may name. */
  readonly sources: SourcePlaces;
  /** Where exports may go. */
  readonly targets: TargetPlaces;
  readonly broker: Broker;
  readonly jobs: JobStore;
  readonly membership: Membership;
  readonly catalog: IndexCatalog;
  /** In which tasks compute, at most; 0: they compute in this one. */
  readonly threads: number;
  readonly pools: readonly ThreadPool[];
  readonly jobParts: JobParts;
  /** Of the memory cache, for the worker's heartbeat. */
  readonly cacheUse: () => Member['cache'];
  /** The queues as bull-board shows them, when the broker is BullMQ. */
  readonly queueDashboard?: { queues(): readonly unknown[] };
  readonly jobService: JobService;
  readonly webhooks: Pick<Webhooks, 'endpoints' | 'callbackSecrets' | 'policy'> & { readonly announcer: Announcer };

  readonly evictionCheck: EvictionCheck;

  constructor(parts: Omit<Platform, 'close' | 'evictionCheck'>) {
    this.settings = parts.settings;
    this.evictionCheck = new EvictionCheck(parts.settings, parts.clock);
    this.clock = parts.clock;
    this.random = parts.random;
    this.ids = parts.ids;
    this.logger = parts.logger;
    this.metrics = parts.metrics;
    this.store = parts.store;
    this.sources = parts.sources;
    this.targets = parts.targets;
    this.broker = parts.broker;
    this.jobs = parts.jobs;
    this.membership = parts.membership;
    this.cacheUse = parts.cacheUse;
    if (parts.queueDashboard) this.queueDashboard = parts.queueDashboard;
    this.catalog = parts.catalog;
    this.threads = parts.threads;
    this.pools = parts.pools;
    this.jobParts = parts.jobParts;
    this.jobService = parts.jobService;
    this.webhooks = parts.webhooks;
  }

  /** Last of all: after the gateway has stopped listening and the worker has stopped consuming. */
  async close(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.close()));
    await this.broker.close();
    await this.jobs.close();
    await this.sources.close();
    await this.targets.close();
    await this.store.close();
  }
}
