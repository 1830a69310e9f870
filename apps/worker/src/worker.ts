import { hostname } from 'node:os';
import type { Settings } from '#config';
import { PatientJobStore } from '#libs/job-store';
import { Compactor, Reconciler, RECONCILER_DEFAULTS, Sweeper, WorkerHost } from '#libs/jobs';
import { openPlatform } from '../../platform/src/open-platform.ts';
import { serveProbes } from '../../platform/src/probe-server.ts';
import { VERSION } from '../../platform/src/version.ts';
import type { Platform } from '../../platform/src/platform.ts';

export interface Worker {
  /** Takes no more work, finishes what runs within the grace period, hands the rest back. */
  close(): Promise<void>;
  /** Where it answers probes, if it does. */
  readonly probePort?: number;
}

/** A worker process: opens its own platform. */
export async function startWorker(settings: Settings): Promise<Worker> {
  const platform = await openPlatform(settings, { name: 'worker' });
  try {
    const { probePort } = settings;
    const probes = probePort === undefined ? undefined : await serveProbes(platform, probePort);
    const worker = await hostWorker(platform);
    return {
      ...(probes && { probePort: probes.port }),
      close: async () => {
        await worker.close();
        await probes?.close();
        await platform.close();
      },
    };
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Hosts the actors of the settings' roles over an opened platform. */
export async function hostWorker(platform: Platform): Promise<Worker> {
  const { settings, logger } = platform;
  // A finished task must not be thrown away because the job store restarts; a client of a gateway is told at once.
  const jobs = new PatientJobStore({ jobs: platform.jobs, clock: platform.clock, random: platform.random });
  const jobParts = { ...platform.jobParts, jobs };
  const { roles, concurrency } = settings;
  const host = new WorkerHost(jobParts, {
    roles,
    concurrency: {
      search: concurrency * SEARCHES_PER_SLOT,
      index: Math.min(concurrency, Math.max(INDEX_TASKS, platform.threads)),
      maintenance: 1,
      webhook: WEBHOOK_DELIVERIES,
    },
    fleet: {
      membership: platform.membership,
      hedge: settings.hedge,
      self: { host: hostname(), pid: process.pid, version: VERSION },
      cache: platform.cacheUse,
    },
  });
  await host.start();
  // It comes again in a second: it needs no patience, and must not hold up the end of the process.
  const reconciler = new Reconciler(platform.jobParts, {
    ...RECONCILER_DEFAULTS,
    retentionMs: settings.jobRetentionMs,
  });
  reconciler.start();
  const duties = maintain(platform);
  logger.debug({ roles, concurrency }, 'worker started');
  return {
    close: async () => {
      await Promise.all(
        [reconciler, ...duties].map((duty) => duty.close()).concat(host.close(settings.shutdownGraceMs)),
      );
      jobs.giveUp();
      logger.debug('worker stopped');
    },
  };
}

/** What the workers that do maintenance look after by themselves: one of them at a time, by lease. */
function maintain(platform: Platform): { close(): Promise<void> }[] {
  const { settings, jobs, clock, ids, logger, catalog, jobService: service } = platform;
  if (!settings.roles.includes('maintenance')) return [];
  const parts = { jobs, clock, ids, logger, catalog, service };
  const duties = [
    ...(settings.compaction ? [new Compactor({ ...parts, memoryBytes: settings.indexMemoryBytes })] : []),
    ...(settings.gcGraceMs === undefined ? [] : [new Sweeper(parts)]),
  ];
  for (const duty of duties) duty.start();
  return duties;
}

/** They wait for somebody else's server nearly all of their time. */
const WEBHOOK_DELIVERIES = 16;
/** Searches wait for the store most of the time, so many may overlap. */
const SEARCHES_PER_SLOT = 16;
/**
 * An index task keeps one thread busy and holds its memory: more at once than threads would be slower together and hold
 * more. Two at least, so that a few documents need not wait for the end of a long import.
 */
const INDEX_TASKS = 2;
