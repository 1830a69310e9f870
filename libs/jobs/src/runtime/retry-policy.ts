import { isQuarryError, jitteredBackoffMs, kindOf, type ErrorKind, type Random } from '#libs/kernel';

/**
 * Error kind → what the runtime does with the work that threw it. `retry`: again, later, up to MAX_ATTEMPTS.
 * `fail`: the answer will not change; a task becomes a failed partial, a job fails. `drop`: nobody waits for it.
 */
const ACTION: Record<ErrorKind, 'retry' | 'fail' | 'drop'> = {
  invalid: 'fail',
  'not-found': 'fail',
  conflict: 'retry',
  unavailable: 'retry',
  timeout: 'retry',
  overloaded: 'retry',
  corrupt: 'fail',
  cancelled: 'drop',
  internal: 'retry',
};

/** Time-outs of waits that the client asked for: waiting several times over is not what it asked. */
const WAITED_ENOUGH: ReadonlySet<string> = new Set(['version_not_reached']);

/** Deliveries of one message before its work counts as failed; also bounds work that kills its process each time. */
export const MAX_ATTEMPTS = 6;
const BASE_MS = 200;
const CEILING_MS = 30_000;

export type Verdict = { action: 'retry'; afterMs: number } | { action: 'fail' } | { action: 'drop' };

export function judge(error: unknown, attempt: number, random: Random): Verdict {
  const action = isQuarryError(error) && WAITED_ENOUGH.has(error.code) ? 'fail' : ACTION[kindOf(error)];
  if (action !== 'retry') return { action };
  if (attempt >= MAX_ATTEMPTS) return { action: 'fail' };
  return { action, afterMs: jitteredBackoffMs(random, attempt, BASE_MS, CEILING_MS) };
}
