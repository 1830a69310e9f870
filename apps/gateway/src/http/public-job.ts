import type { ErrorRecord } from '#libs/kernel';
import { isTerminal, type JobRecord } from '#libs/job-store';
import type { JobView } from '#libs/jobs';
import { indexNotFound } from '../identity/hidden-index.ts';
import { titleOf } from './problem.ts';

/** The job object of DESIGN §6. Times are ISO 8601. */
export interface PublicJob {
  readonly id: string;
  readonly kind: string;
  readonly index: string;
  readonly state: string;
  readonly attempt: number;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly progress: { readonly total: number; readonly done: number; readonly failed: number };
  readonly work: { readonly doneBytes: number; readonly totalBytes: number; readonly documents: number };
  /** 0 … 1: the share of its work that the result, or so far the partial, speaks for. */
  readonly coverage: number;
  readonly partial?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly title: string; readonly detail: string };
  readonly receipt: unknown;
}

export function publicJob({ job, partial }: JobView): PublicJob {
  return {
    id: job.id,
    kind: job.kind,
    index: job.index,
    state: job.state,
    attempt: job.attempt,
    createdAt: iso(job.createdAt),
    ...(job.startedAt !== undefined && { startedAt: iso(job.startedAt) }),
    ...(job.finishedAt !== undefined && { finishedAt: iso(job.finishedAt) }),
    progress: job.progress,
    work: job.work,
    coverage: job.coverage ?? coverageSoFar(job),
    ...(partial !== undefined && { partial }),
    ...(job.result !== undefined && { result: job.result }),
    ...(job.error && { error: publicError(job.error, job.index) }),
    receipt: job.receipt ?? {},
  };
}

/** In a list nobody wants every result in full. */
export function listedJob(job: JobRecord): Omit<PublicJob, 'result' | 'partial'> {
  const { result: _, ...rest } = publicJob({ job });
  return rest;
}

export const hasEnded = (job: JobRecord): boolean => isTerminal(job.state);

const iso = (ms: number): string => new Date(ms).toISOString();

/** Who looks at a job may not know of every index: a suggestion is for the one who asked. */
const publicError = (error: ErrorRecord, index: string): PublicJob['error'] => ({
  code: error.code,
  title: titleOf(error),
  detail: error.details?.['suggestion'] === undefined ? error.message : indexNotFound(index).message,
});

const coverageSoFar = ({ progress }: JobRecord): number =>
  progress.total === 0 ? 0 : Math.max(0, progress.done - progress.failed) / progress.total;
