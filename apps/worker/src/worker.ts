import type { Settings } from '#config';
import { Reconciler, RECONCILER_DEFAULTS, WorkerHost } from '#libs/jobs';
import { openPlatform } from '../../platform/src/open-platform.ts';
import type { Platform } from '../../platform/src/platform.ts';

export interface Worker {
  /** Takes no more work, finishes what runs within the grace period, hands the rest back. */
  close(): Promise<void>;
}

/** A worker process: opens its own platform. */
export async function startWorker(settings: Settings): Promise<Worker> {
  const platform = await openPlatform(settings, { name: 'worker' });
  try {
    const worker = await hostWorker(platform);
    return {
      close: async () => {
        await worker.close();
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
  const { settings, jobParts, logger } = platform;
  const { roles, concurrency } = settings;
  const host = new WorkerHost(jobParts, {
    roles,
    concurrency: {
      search: concurrency * SEARCHES_PER_SLOT,
      index: Math.min(concurrency, INDEX_TASKS),
      maintenance: 1,
    },
  });
  await host.start();
  const reconciler = new Reconciler(jobParts, { ...RECONCILER_DEFAULTS, retentionMs: settings.jobRetentionMs });
  reconciler.start();
  logger.debug({ roles, concurrency }, 'worker started');
  return {
    close: async () => {
      await reconciler.close();
      await host.close(settings.shutdownGraceMs);
      logger.debug('worker stopped');
    },
  };
}

/** Searches wait for the store most of the time, so many may overlap. */
const SEARCHES_PER_SLOT = 16;
/**
 * An index task keeps the process's one thread busy and holds its memory: more at once would be slower together and hold
 * more. Two, so that a few documents need not wait for the end of a long import.
 */
const INDEX_TASKS = 2;
