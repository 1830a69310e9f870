import type { Clock, Ids, Random } from '#libs/kernel';
import type { Settings } from '#config';
import type { Broker } from '#libs/broker';
import type { IndexCatalog } from '#libs/index';
import type { JobParts, JobService } from '#libs/jobs';
import type { JobStore } from '#libs/job-store';
import type { ObjectStore } from '#libs/object-store';
import type { Logger, Metrics } from '#libs/telemetry';
import type { SourcePlaces } from './source-places.ts';

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
  readonly broker: Broker;
  readonly jobs: JobStore;
  readonly catalog: IndexCatalog;
  readonly jobParts: JobParts;
  readonly jobService: JobService;

  constructor(parts: Omit<Platform, 'close'>) {
    this.settings = parts.settings;
    this.clock = parts.clock;
    this.random = parts.random;
    this.ids = parts.ids;
    this.logger = parts.logger;
    this.metrics = parts.metrics;
    this.store = parts.store;
    this.sources = parts.sources;
    this.broker = parts.broker;
    this.jobs = parts.jobs;
    this.catalog = parts.catalog;
    this.jobParts = parts.jobParts;
    this.jobService = parts.jobService;
  }

  /** Last of all: after the gateway has stopped listening and the worker has stopped consuming. */
  async close(): Promise<void> {
    await this.broker.close();
    await this.jobs.close();
    await this.sources.close();
    await this.store.close();
  }
}
