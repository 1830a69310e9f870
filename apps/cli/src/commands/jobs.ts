import { InvalidArgumentError, type Command } from 'commander';
import { followJob } from '../api/follow-job.ts';
import { hasEnded, type Job } from '../api/job.ts';
import type { QuarryClient } from '../api/quarry-client.ts';
import { INTERRUPTED, type CliContext } from '../cli-context.ts';
import { connect, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { jobProgress } from '../render/job-progress.ts';
import { jobText, jobsTable } from '../render/job-text.ts';
import type { AddCommand } from '../run-cli.ts';

interface JobsOptions extends RemoteOptions {
  readonly follow?: boolean;
  readonly state?: string;
  readonly kind?: string;
  readonly index?: string;
  readonly limit: string;
  /** true: the job that the argument names. */
  readonly cancel?: string | true;
  readonly retry?: string | true;
}

const REFRESH_MS = 1000;

export const addJobs: AddCommand = (program, context, exit) => {
  const command = program
    .command('jobs')
    .description('list jobs, or show, follow, cancel or retry one')
    .argument('[id]')
    .option('--follow', 'until it has ended; without an id, the list again and again')
    .option('--state <state>', 'queued, planning, running, finishing, succeeded, failed, cancelled, expired')
    .option('--kind <kind>', 'search, import, …')
    .option('--index <index>')
    .option('--limit <count>', 'how many at most', limit, '20')
    .option('--cancel [id]', 'stop it')
    .option('--retry [id]', 'run again what failed or is missing');
  withRemoteOptions(command).action(async (id: string | undefined, options: JobsOptions, self: Command) => {
    const client = connect(context, options);
    const change = options.cancel ?? options.retry;
    if (options.cancel && options.retry) self.error('error: --cancel and --retry exclude each other');
    if (change !== undefined) {
      const target = change === true ? id : change;
      if (target === undefined) return self.error('error: which job? quarry jobs --cancel ID');
      const job = options.cancel ? await client.cancel(target) : await client.retry(target);
      const nothing = nothingDone(job, options);
      if (nothing !== undefined) context.stderr.write(`${nothing}\n`);
      if (options.follow) return exit(await follow(context, client, job, options));
      return print(context, job, options);
    }
    if (id !== undefined) {
      const job = await client.job(id);
      if (options.follow) return exit(await follow(context, client, job, options));
      print(context, job, options);
      return exit(isFailure(job) ? 1 : 0);
    }
    if (options.follow) return followList(context, client, options);
    return list(context, client, options);
  });
};

function limit(text: string): string {
  if (!/^([1-9]\d{0,2}|1000)$/.test(text)) throw new InvalidArgumentError('expected a number from 1 to 1000');
  return text;
}

/** Asking again for what is so already is no error, but a person may have meant another job. */
function nothingDone(job: Job, { cancel }: JobsOptions): string | undefined {
  if (cancel && hasEnded(job) && job.state !== 'cancelled')
    return `it had ended before (${job.state}): nothing to cancel`;
  if (!cancel && job.state === 'succeeded') return 'it had succeeded: nothing to run again';
  return undefined;
}

const isFailure = (job: Job): boolean => hasEnded(job) && job.state !== 'succeeded';

function print(context: CliContext, job: Job, options: JobsOptions): void {
  context.stdout.write(`${options.json ? JSON.stringify(job) : jobText(job)}\n`);
}

async function follow(context: CliContext, client: QuarryClient, job: Job, options: JobsOptions): Promise<number> {
  const stop = new AbortController();
  const stopListening = context.onSignal(() => stop.abort());
  const progress = jobProgress(context.stderr, context.clock);
  const ended = await followJob(client, job, {
    clock: context.clock,
    everyMs: context.stderr.isTTY ? 250 : 2000,
    onChange: (latest) => progress.update(latest),
    onLost: (error) => progress.say(`${error.message}; waiting for it to come back …`),
    signal: stop.signal,
  }).finally(() => {
    stopListening();
    progress.end();
  });
  print(context, ended, options);
  if (!hasEnded(ended)) return INTERRUPTED;
  return isFailure(ended) ? 1 : 0;
}

async function list(context: CliContext, client: QuarryClient, options: JobsOptions): Promise<void> {
  const jobs = await client.jobs({
    state: options.state,
    kind: options.kind,
    index: options.index,
    limit: options.limit,
  });
  if (options.json) context.stdout.write(`${JSON.stringify(jobs)}\n`);
  else if (jobs.length === 0) context.stderr.write('no such jobs\n');
  else context.stdout.write(`${jobsTable(jobs, context.clock.now())}\n`);
}

async function followList(context: CliContext, client: QuarryClient, options: JobsOptions): Promise<void> {
  const stop = new AbortController();
  const stopListening = context.onSignal(() => stop.abort());
  while (!stop.signal.aborted) {
    if (context.stdout.isTTY && !options.json) context.stdout.write('\u001B[H\u001B[2J');
    await list(context, client, options);
    await context.clock.sleep(REFRESH_MS, stop.signal).catch(() => {});
  }
  stopListening();
}
