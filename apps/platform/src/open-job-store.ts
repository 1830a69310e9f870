import type { Settings } from '#config';
import type { Clock, Ids, QuarryError, Random } from '#libs/kernel';
import { EmbeddedJobStore, openRedisJobStore, type JobStore, type Membership } from '#libs/job-store';
import { join } from 'node:path';

export interface ServiceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  /** Of the process, for the servers' lists of clients. */
  readonly name: string;
  readonly onError: (error: QuarryError) => void;
}

export function openJobStore(settings: Settings, parts: ServiceParts): Promise<JobStore & Membership> {
  const { jobs, namespace, dataFolder } = settings;
  if (jobs.kind === 'embedded') return EmbeddedJobStore.open({ path: join(dataFolder, 'jobs.sqlite'), ...parts });
  return openRedisJobStore({ location: jobs.redis, namespace, ...parts });
}
