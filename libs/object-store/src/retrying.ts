import { type Clock, type ErrorKind, jitteredBackoffMs, kindOf, type Random } from '#libs/kernel';

export interface RetryPolicy {
  /** All tries together, the first included; at least 1. */
  readonly attempts: number;
  /** The pause before try n+1 is uniform in [0, min(maxBackoffMs, baseBackoffMs·2ⁿ⁻¹)). */
  readonly baseBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** Seven tries: pauses of 3 s on average, 6 s at most; a server's restart or S3's first steps of scaling fit in. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { attempts: 7, baseBackoffMs: 100, maxBackoffMs: 5000 };

export interface RetryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RetryPolicy;
}

const PASSING: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['unavailable', 'timeout', 'overloaded']);

/** Whether the same call may succeed a little later. */
export const isPassing = (error: unknown): boolean => PASSING.has(kindOf(error));

/** Does `work` until it succeeds, fails for good, or the tries are used up; then throws the last failure. */
export async function retrying<T>(
  { clock, random, policy }: RetryParts,
  signal: AbortSignal | undefined,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= policy.attempts || !isPassing(error)) throw error;
      await clock.sleep(jitteredBackoffMs(random, attempt - 1, policy.baseBackoffMs, policy.maxBackoffMs), signal);
    }
  }
}
