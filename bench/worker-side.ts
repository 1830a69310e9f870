import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Platform } from '../apps/platform/src/platform.ts';
import { execArgs } from './product-process.ts';
import { hostBoth, type Counts } from './throughput-party.ts';
import type { FromWorker, ToWorker } from './throughput-worker.ts';

/** The worker of the throughput benchmark, wherever it is. */
export interface WorkerSide {
  /** Of its process, unless that is the client's. */
  counts(): Promise<Counts>;
  close(): Promise<void>;
}

/** @param consumed is called with how many raw messages were consumed since the last call */
export async function hostHere(platform: Platform, consumed: (count: number) => void): Promise<WorkerSide> {
  const hosted = await hostBoth(platform, () => consumed(1));
  return { counts: () => Promise.resolve({ broker: {}, jobs: {}, cpuMs: 0 }), close: () => hosted.close() };
}

/** In a process of its own, with the same settings. */
export async function hostThere(
  environment: Readonly<Record<string, string>>,
  consumed: (count: number) => void,
  profile: string | undefined,
): Promise<WorkerSide> {
  const main = fileURLToPath(new URL('throughput-worker.js', import.meta.url));
  const child = fork(main, {
    execArgv: execArgs(profile),
    env: { PATH: process.env['PATH'], ...environment },
  });
  const tell = (message: ToWorker): void => void child.send(message);
  let counted: (counts: Counts) => void = () => {};
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromWorker) => {
      if ('ready' in message) resolve();
      else if ('consumed' in message) consumed(message.consumed);
      else counted(message.counts);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
  });
  return {
    counts: () =>
      new Promise((resolve) => {
        counted = resolve;
        tell('counts');
      }),
    close: async () => {
      tell('close');
      await once(child, 'exit');
    },
  };
}
