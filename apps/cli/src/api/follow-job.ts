import { isQuarryError, type Clock } from '#libs/kernel';
import { hasEnded, type Job } from './job.ts';
import type { QuarryClient } from './quarry-client.ts';

/** A server that is being restarted is back within this time; accepted jobs go on then. */
const RECONNECT_MS = 60_000;

export interface FollowOptions {
  readonly clock: Clock;
  /** How often `onChange` may be called at most. */
  readonly everyMs: number;
  readonly onChange?: (job: Job) => void;
  /** Called once for each interruption. */
  readonly onLost?: (error: Error) => void;
  readonly signal?: AbortSignal;
  /** Gives up after so long, with the job as it is then. */
  readonly atMostMs?: number;
}

/** Long-polls until the job has ended; resolves with it as it is at the end, or when the signal aborted. */
export async function followJob<R>(client: QuarryClient, job: Job<R>, options: FollowOptions): Promise<Job<R>> {
  const { clock, everyMs, onChange, onLost, signal, atMostMs = Infinity } = options;
  const until = clock.monotonic() + atMostMs;
  let latest = job;
  let lostAt: number | undefined;
  const goesOn = (): boolean => !hasEnded(latest) && !signal?.aborted && clock.monotonic() < until;
  onChange?.(latest);
  while (goesOn()) {
    try {
      latest = await client.job<R>(job.id, Math.max(1, Math.round(Math.min(everyMs, until - clock.monotonic()))));
      lostAt = undefined;
      onChange?.(latest);
    } catch (error) {
      if (!isQuarryError(error) || error.kind !== 'unavailable') throw error;
      if (lostAt === undefined) onLost?.(error);
      lostAt ??= clock.monotonic();
      if (clock.monotonic() - lostAt > RECONNECT_MS) throw error;
      await clock.sleep(500, signal).catch(() => {});
    }
  }
  return latest;
}
