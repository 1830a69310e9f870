import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { loadSettings } from '#config';
import { KindRegistry, RuntimeJobService, type JobKind, type JobOutcome } from '#libs/jobs';
import { openPlatform } from '../../platform/src/open-platform.ts';
import type { Platform } from '../../platform/src/platform.ts';
import { serveGateway, type Gateway } from './gateway.ts';

interface LetterSpec {
  readonly tasks: number;
}
interface Letters {
  readonly letters: string[];
}

/** Collects letters, any number a task. No worker runs here: a test records partials and ends the job itself. */
class LettersKind implements JobKind<LetterSpec, null, number, Letters, Letters> {
  readonly name = 'letters';
  readonly role = 'search';
  readonly spec = z.object({ tasks: z.number() });

  async plan({ tasks }: LetterSpec): Promise<{ shared: null; tasks: number[] }> {
    return { shared: null, tasks: Array.from({ length: tasks }, (_, task) => task) };
  }
  async run(): Promise<Letters> {
    return this.empty();
  }
  failed(): Letters {
    return this.empty();
  }
  empty(): Letters {
    return { letters: [] };
  }
  merge(a: Letters, b: Letters): Letters {
    return { letters: [...a.letters, ...b.letters].toSorted() };
  }
  async finish(partial: Letters): Promise<JobOutcome<Letters>> {
    return { result: partial, coverage: 1 };
  }
  preview(partial: Letters): Letters {
    return partial;
  }
}

export const TENANT = 'default';

/** Gateways over one data folder, each with connections of its own, as processes would have them. */
export interface TestGateways {
  readonly platforms: readonly Platform[];
  readonly gateways: readonly Gateway[];
  /** A job of `tasks` tasks that runs, by the first platform. */
  startJob(tasks: number, tenant?: string): Promise<string>;
  record(id: string, task: number, ...letters: string[]): Promise<void>;
  /** Ends it with this result. */
  finish(id: string, ...letters: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function startGateways(
  count: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestGateways> {
  const folder = await mkdtemp(join(tmpdir(), 'quarry-gateway-'));
  const settings = loadSettings({ QUARRY_DATA: folder, QUARRY_PORT: '0', QUARRY_LOG_LEVEL: 'silent', ...environment });
  const platforms: Platform[] = [];
  const gateways: Gateway[] = [];
  for (let i = 0; i < count; i++) {
    const platform = withLetters(await openPlatform(settings, { name: 'gateway' }));
    platforms.push(platform);
    gateways.push(await serveGateway(platform));
  }
  const [{ jobs, jobService }] = platforms as [Platform];
  return {
    platforms,
    gateways,
    startJob: async (tasks, tenant = TENANT) => {
      const { job } = await jobService.submit({ kind: 'letters', tenant, index: 'i', spec: { tasks } });
      await jobs.transition(job.id, ['queued'], { state: 'planning' });
      await jobs.recordPlan(job.id, { shared: null, tasks: Array.from({ length: tasks }, (_, task) => task) });
      return job.id;
    },
    record: async (id, task, ...letters) => {
      await jobs.recordPartial(id, task, { body: { letters }, failed: false });
    },
    finish: async (id, ...letters) => {
      await jobs.transition(id, ['running'], { state: 'finishing' });
      await jobs.transition(id, ['finishing'], { state: 'succeeded', result: { letters }, coverage: 1 });
    },
    close: async () => {
      for (const gateway of gateways) await gateway.close();
      for (const platform of platforms) await platform.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function withLetters(opened: Platform): Platform {
  const jobParts = { ...opened.jobParts, kinds: new KindRegistry([new LettersKind()]) };
  const changed = { jobParts, jobService: new RuntimeJobService(jobParts) };
  return Object.assign(Object.create(opened) as Platform, changed);
}
