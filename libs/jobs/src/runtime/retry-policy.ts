import { isQuarryError, jitteredBackoffMs, kindOf, type ErrorKind, type Random } from '#libs/kernel';

/**
 * Error kind → what the runtime does with the work that threw it. `retry`: again, later, up to MAX_ATTEMPTS.
 * `fail`: the answer will not change; a task becomes a failed partial, a job fails. `drop`: nobody waits for it.
 */
const ACTION: Record<ErrorKind, 'retry' | 'fail' | 'drop'> = {
  invalid: 'fail',
  'not-found': 'fail',
  unauthenticated: 'fail',
  forbidden: 'fail',
  conflict: 'retry',
  unavailable: 'retry',
  timeout: 'retry',
  overloaded: 'retry',
  corrupt: 'fail',
  cancelled: 'drop',
  internal: 'retry',
};

/**
 * What no later try makes different: time-outs of waits that the client asked for (waiting several times over is not what it
 * asked), and conflicts with what has happened for good.
 */
const FINAL: ReadonlySet<string> = new Set([
  'version_not_reached',
  'version_conflict',
  'index_recreated',
  'target_not_empty',
]);

/** Tries of work that throws before it counts as failed. */
export const MAX_ATTEMPTS = 6;
/**
 * The same for work that nobody waits for, while a dependency is out of reach: with the backoff below about two and a half
 * minutes, so that a store that is away for a minute or two fails no import. A search says sooner what it could not cover.
 */
const PATIENT_ATTEMPTS = 13;
const PATIENT_KINDS: ReadonlySet<ErrorKind> = new Set(['unavailable', 'overloaded', 'timeout', 'conflict']);
/**
 * Deliveries of one message before its work counts as what kills its process each time. More than all retries of errors, and
 * more than bad luck: where machines are taken away every few seconds, a long task may be begun many times. Fewer than any
 * broker's own limit (RabbitMQ: 20), so that it is we who say what became of the job.
 */
export const MAX_DELIVERIES = 15;
const BASE_MS = 200;
const CEILING_MS = 30_000;

export type Verdict = { action: 'retry'; afterMs: number } | { action: 'fail' } | { action: 'drop' };

/** @param interactive somebody waits for the work */
export function judge(error: unknown, attempt: number, random: Random, interactive: boolean): Verdict {
  const action = isQuarryError(error) && FINAL.has(error.code) ? 'fail' : ACTION[kindOf(error)];
  if (action !== 'retry') return { action };
  const most = !interactive && PATIENT_KINDS.has(kindOf(error)) ? PATIENT_ATTEMPTS : MAX_ATTEMPTS;
  if (attempt >= most) return { action: 'fail' };
  return { action, afterMs: jitteredBackoffMs(random, attempt, BASE_MS, CEILING_MS) };
}
