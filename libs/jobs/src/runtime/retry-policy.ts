import type { Delivery } from '#libs/broker';
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
 * JOB-8: deaths of one message before its work counts as what kills its process each time. Far more than bad luck: where machines
 * are taken away about as often as a long task needs to end, all of a hundred tries fail with a chance of 1e-20, all of
 * fifteen with one of 0.1 %; an accepted import was lost like that.
 */
export const MAX_DEATHS = 100;
/**
 * From so many deaths on a message is suspected: each further one costs it a wait, so that its neighbours come through
 * between two crashes and those that merely died with it are told apart. With all the retries that may come before (see
 * `putOffMs`) still fewer than a broker's own limit in a row (RabbitMQ: 20; waiting begins that count anew), so that it is we
 * who say what became of the job.
 */
const SUSPECTED_FROM = 5;
const BASE_MS = 200;
const CEILING_MS = 30_000;
/** Less than the reconciler's patience: it would send another copy of what waits. */
const PUT_OFF_CEILING_MS = 10_000;

type Counts = Pick<Delivery, 'attempt' | 'retries'>;

/** How many attempts before this one ended with their process, lease or consumer, whether or not the work was to blame. */
export const deathsOf = ({ attempt, retries }: Counts): number => attempt - 1 - retries;

/** One wait for each death from SUSPECTED_FROM on. */
const waitsOwed = (counts: Counts): number => Math.max(0, deathsOf(counts) - SUSPECTED_FROM);

/**
 * How long a suspected message is to wait before it is tried, ms; undefined when it has waited for its last death. A wait
 * counts as a retry; what was retried for other reasons is taken for waits first.
 */
export function putOffMs(counts: Counts, random: Random): number | undefined {
  const owed = waitsOwed(counts);
  return counts.retries < owed ? jitteredBackoffMs(random, owed, BASE_MS, PUT_OFF_CEILING_MS) : undefined;
}

/** The how manieth try this is as far as errors go: deaths and waits for them are none. */
export const tryOf = (counts: Counts): number => 1 + Math.max(0, counts.retries - waitsOwed(counts));

export type Verdict = { action: 'retry'; afterMs: number } | { action: 'fail' } | { action: 'drop' };

/**
 * @param counts of the delivery whose work threw; without its deaths, which are judged by themselves
 * @param interactive somebody waits for the work
 */
export function judge(error: unknown, counts: Counts, random: Random, interactive: boolean): Verdict {
  const action = isQuarryError(error) && FINAL.has(error.code) ? 'fail' : ACTION[kindOf(error)];
  if (action !== 'retry') return { action };
  const most = !interactive && PATIENT_KINDS.has(kindOf(error)) ? PATIENT_ATTEMPTS : MAX_ATTEMPTS;
  const tries = tryOf(counts);
  if (tries >= most) return { action: 'fail' };
  return { action, afterMs: jitteredBackoffMs(random, tries, BASE_MS, CEILING_MS) };
}
