import { loadSettings } from '#config';
import { KindRegistry, RuntimeJobService, type JobParts } from '#libs/jobs';
import { openPlatform } from '../apps/platform/src/open-platform.ts';
import { Platform } from '../apps/platform/src/platform.ts';
import { hostWorker } from '../apps/worker/src/worker.ts';
import { counting, type CallCounts } from './call-counts.ts';
import { NOOP_KIND } from './noop-kind.ts';

/** What a process has done so far. */
export interface Counts {
  readonly broker: CallCounts;
  readonly jobs: CallCounts;
  /** ms of all its threads. */
  readonly cpuMs: number;
}

/** Of this process: to be asked for whenever it is wanted. */
export type Meter = () => Counts;

/** A process's platform as the product opens it, which knows no job but the noop, and counts its calls. */
export async function openParty(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ platform: Platform; meter: Meter }> {
  const opened = await openPlatform(loadSettings(environment), { name: 'bench' });
  const counts = { broker: {}, jobs: {} };
  const broker = counting(opened.broker, counts.broker);
  const jobs = counting(opened.jobs, counts.jobs);
  const jobParts: JobParts = { ...opened.jobParts, broker, jobs, kinds: new KindRegistry([NOOP_KIND]) };
  // Its parts, which the constructor takes; not its methods.
  // oxlint-disable-next-line typescript/no-misused-spread
  const platform = new Platform({ ...opened, broker, jobs, jobParts, jobService: new RuntimeJobService(jobParts) });
  return {
    platform,
    meter: () => {
      const { user, system } = process.cpuUsage();
      return { ...structuredClone(counts), cpuMs: (user + system) / 1000 };
    },
  };
}

export interface Hosted {
  close(): Promise<void>;
}

/** So many messages a worker handles at once; the product's search mailbox with the default settings has it so. */
const CONCURRENCY = 64;

export const rawMailbox = (platform: Platform): string => `${platform.settings.namespace}.raw`;

/** A worker, as the product hosts it, and beside it a consumer that does nothing with the raw messages. */
export async function hostBoth(platform: Platform, consumed: () => void): Promise<Hosted> {
  const worker = await hostWorker(platform);
  const raw = await platform.broker.consume(rawMailbox(platform), { concurrency: CONCURRENCY }, () => {
    consumed();
    return Promise.resolve('ack');
  });
  return {
    close: async () => {
      await raw.close(1000);
      await worker.close();
    },
  };
}
