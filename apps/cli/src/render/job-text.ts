import pc from 'picocolors';
import { hasEnded, type Job, type WriteResult } from '../api/job.ts';
import { progressText } from './job-progress.ts';
import { plainTable } from './plain-table.ts';
import { formatDuration } from './quantities.ts';
import { durationOf, writeSummary } from './write-summary.ts';

const COLOUR: Record<string, (text: string) => string> = {
  succeeded: pc.green,
  failed: pc.red,
  cancelled: pc.dim,
  expired: pc.yellow,
};
const coloured = (state: string): string => (COLOUR[state] ?? pc.cyan)(state);

/** A row for each job. @param now ms since 1970 */
export function jobsTable(jobs: readonly Job[], now: number): string {
  const rows = jobs.map((job) => [
    job.id,
    job.kind,
    job.index,
    coloured(job.state),
    `${formatDuration(Math.max(0, now - Date.parse(job.createdAt)))} ago`,
    hasEnded(job) ? timeOf(job) : progressText(job),
  ]);
  return plainTable(['id', 'kind', 'index', 'state', 'created', 'took'], rows);
}

/** All that a person wants to know of one job. */
export function jobText(job: Job): string {
  const lines = [
    ['job', job.id],
    ['kind', job.kind],
    ['index', job.index],
    ['state', coloured(job.state)],
    ['created', job.createdAt],
    ...(hasEnded(job) ? [['took', timeOf(job)]] : [['progress', progressText(job)]]),
    ...(job.coverage !== undefined && job.coverage < 1 && hasEnded(job)
      ? [['covers', `${Math.floor(job.coverage * 100)}%`]]
      : []),
    ...(job.error ? [['error', `${job.error.detail} (${job.error.code})`]] : []),
  ];
  const text = lines.map(([name, value]) => `${pc.dim(name!.padEnd(9))}${value}`).join('\n');
  return isWrite(job) ? `${text}\n${writeSummary(job)}` : text;
}

const isWrite = (job: Job): job is Job<WriteResult> =>
  !job.error && typeof (job.result as Partial<WriteResult> | undefined)?.indexed === 'number';

const timeOf = (job: Job): string => {
  const took = durationOf(job);
  return took === undefined ? '' : formatDuration(took);
};
