import { jitteredBackoffMs, kindOf, type Clock, type Random } from '#libs/kernel';

const BACKOFF_BASE_MS = 25;
/** When the store is back everybody finds out within this time; n waiting calls ask it n times as often. */
const BACKOFF_MAX_MS = 2000;

export interface PatienceOptions {
  readonly clock: Clock;
  readonly random: Random;
}

/** Repeats calls that fail with `unavailable`, until they succeed, their time is over, or `end` is called. */
export class Patience {
  private readonly options: PatienceOptions;
  private readonly ended = new AbortController();

  constructor(options: PatienceOptions) {
    this.options = options;
  }

  /**
   * @param call `isDoubtful` when an earlier try failed: it may have taken effect all the same
   * @param patienceMs after it the last error is thrown
   */
  async run<T>(call: (isDoubtful: boolean) => Promise<T>, patienceMs: number): Promise<T> {
    const { clock, random } = this.options;
    const deadline = clock.monotonic() + patienceMs;
    for (let tries = 0; ; tries++) {
      try {
        return await call(tries > 0);
      } catch (error) {
        const leftMs = deadline - clock.monotonic();
        if (kindOf(error) !== 'unavailable' || leftMs <= 0 || this.ended.signal.aborted) throw error;
        const pauseMs = BACKOFF_BASE_MS + jitteredBackoffMs(random, tries, BACKOFF_BASE_MS, BACKOFF_MAX_MS);
        await clock.sleep(Math.min(pauseMs, leftMs), this.ended.signal).catch(() => {
          throw error;
        });
      }
    }
  }

  /** Nothing is repeated any more; what waits to be fails at once, with its last error. */
  end(): void {
    this.ended.abort();
  }
}
