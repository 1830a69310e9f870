import { QuarryError } from '#libs/kernel';
import { isTerminal, MAX_TRIES, type JobState, type Try } from './job-store.ts';

/** How long an idempotency key names its job, ms. */
export const IDEMPOTENCY_KEPT_MS = 24 * 3_600_000;

/** A plan is fixed, or asked for, in these states. */
export const PLANNABLE_STATES: readonly JobState[] = ['queued', 'planning', 'running'];
export const REOPENABLE_STATES: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];

/** Times are kept in whole milliseconds; a job must not be woken too early. */
export const wholeMs = (ms: number): number => Math.ceil(ms);

/** Reports and touches while a job sleeps do not shorten its sleep. */
export const touchedAt = (now: number, dueAt: number | undefined): number => Math.max(now, dueAt ?? now);

export const withTry = (tries: readonly Try[] | undefined, latest: Try): readonly Try[] =>
  [...(tries ?? []), latest].slice(-MAX_TRIES);

/** JOB-3: a transition never starts at a terminal state; asking for one is a bug of the caller. */
export function checkFrom(id: string, from: readonly JobState[]): void {
  const terminal = from.find(isTerminal);
  if (terminal === undefined) return;
  throw new QuarryError(
    'internal',
    `job ${id}: a transition from the terminal state ${terminal} was asked for (JOB-3)`,
    {
      code: 'invariant',
      details: { id, from },
    },
  );
}

export const idempotencyKeyReused = (key: string, job: string): QuarryError =>
  new QuarryError('conflict', `the idempotency key "${key}" was used for another request; choose a new key`, {
    code: 'idempotency_key_reused',
    details: { key, job },
  });

/** Ids are ULIDs, so this is a bug or a guess; the other tenant's job is not shown. */
export const jobIdTaken = (id: string): QuarryError =>
  new QuarryError('conflict', `the job id ${id} is taken`, { code: 'job_id_taken', details: { id } });
