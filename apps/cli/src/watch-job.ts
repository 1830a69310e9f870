import pc from 'picocolors';
import { followJob } from './api/follow-job.ts';
import { hasEnded, type Job } from './api/job.ts';
import type { QuarryClient } from './api/quarry-client.ts';
import { INTERRUPTED, type CliContext } from './cli-context.ts';
import { jobProgress } from './render/job-progress.ts';

export interface WatchOptions {
  readonly json?: boolean;
  readonly detach?: boolean;
  /** ms */
  readonly wait?: number;
}

/** How a kind of job shows its end. */
export interface EndOfJob<R> {
  summary(job: Job<R>): string;
  /** Whether a job that succeeded has done what was asked. */
  isDone(job: Job<R>): boolean;
}

/** Shows the job until it has ended, as far as asked. Exit code: 1 when it failed, or has not done what was asked. */
export async function watchJob<R>(
  context: CliContext,
  client: QuarryClient,
  job: Job<R>,
  options: WatchOptions,
  end: EndOfJob<R>,
): Promise<number> {
  if (options.detach) {
    context.stdout.write(options.json ? `${JSON.stringify(job)}\n` : `${job.id}\n`);
    return 0;
  }
  const { ended, interrupted } = await waitForJob(context, client, job, options.wait);
  if (!hasEnded(ended)) {
    if (options.json) context.stdout.write(`${JSON.stringify(ended)}\n`);
    return interrupted ? INTERRUPTED : 1;
  }
  context.stdout.write(options.json ? `${JSON.stringify(ended)}\n` : `${end.summary(ended)}\n`);
  return ended.state === 'succeeded' && end.isDone(ended) ? 0 : 1;
}

/** Follows the job with its progress on stderr, until it has ended, a signal comes, or `atMostMs` are over. */
export async function waitForJob<R>(
  context: CliContext,
  client: QuarryClient,
  job: Job<R>,
  atMostMs?: number,
): Promise<{ ended: Job<R>; interrupted: boolean }> {
  const stop = new AbortController();
  const stopListening = context.onSignal(() => stop.abort());
  const progress = jobProgress(context.stderr, context.clock);
  const ended = await followJob(client, job, {
    clock: context.clock,
    everyMs: context.stderr.isTTY ? 250 : 2000,
    onChange: (latest) => progress.update(latest),
    onLost: (error) => progress.say(`${error.message}; waiting for it to come back …`),
    signal: stop.signal,
    ...(atMostMs !== undefined && { atMostMs }),
  }).finally(() => {
    stopListening();
    progress.end();
  });
  if (!hasEnded(ended)) {
    context.stderr.write(
      `the job goes on without us: ${pc.bold(`quarry jobs ${job.id} --follow`)} shows it, ${pc.bold(`quarry jobs --cancel ${job.id}`)} stops it\n`,
    );
  }
  return { ended, interrupted: stop.signal.aborted };
}
