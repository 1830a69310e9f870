import type { JobPlan, JobRecord, StoredPartial } from '#libs/job-store';
import type { AnyJobKind, JobContext } from '../job-kind.ts';
import type { JobParts } from './job-parts.ts';

/** The spec as the kind knows it. */
export async function specOf(parts: JobParts, job: JobRecord): Promise<unknown> {
  return parts.claims.fetch(job.spec);
}

/** Folds what has been recorded so far, and says of how many partials, in task order (any order gives the same, but the same order gives the same bytes). */
export async function foldPartials(
  parts: JobParts,
  kind: AnyJobKind,
  job: JobRecord,
  plan: JobPlan,
  spec: unknown,
  known?: ReadonlyMap<number, StoredPartial>,
): Promise<{ readonly merged: unknown; readonly partials: number }> {
  const partials = await parts.claims.fetchPartials(known ?? (await parts.jobs.partials(job.id)));
  const merged = partials.reduce(
    (fold: unknown, partial: unknown) => kind.merge(fold, partial, spec),
    kind.empty(spec, plan.shared),
  );
  return { merged, partials: partials.length };
}

/** @param workers that take the kind's tasks, when planning */
export function contextOf(
  parts: JobParts,
  job: JobRecord,
  signal: AbortSignal,
  workers: readonly string[] = [],
): JobContext {
  return {
    jobId: job.id,
    tenant: job.tenant,
    index: job.index,
    createdAt: job.createdAt,
    startedAt: job.startedAt ?? parts.clock.now(),
    jobAttempt: job.attempt,
    tries: job.tries?.length ?? 0,
    workers,
    clock: parts.clock,
    signal,
  };
}
