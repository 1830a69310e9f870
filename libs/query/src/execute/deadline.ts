import { QuarryError, type Clock } from '#libs/kernel';
import { isRaised, type StopFlag } from './stop-flag.ts';

/** Until when one task may go on, and whether it was called off. */
export class Deadline {
  /** Timers may go off a trifle early: what has been called late once stays late. */
  private over = false;

  /** @param at monotonic ms; undefined: no limit */
  constructor(
    private readonly clock: Clock,
    private readonly at: number | undefined,
    private readonly signal: AbortSignal | undefined,
    /** In a thread: tells the same as the signal while nothing waits. */
    private readonly stop?: StopFlag,
  ) {}

  /** Throws `cancelled` once the search was called off. */
  checkCancelled(): void {
    if (this.signal?.aborted || (this.stop && isRaised(this.stop)))
      throw new QuarryError('cancelled', 'the search was cancelled');
  }

  /** This deadline, put off where less than `ms` is left, though never beyond `latest` (monotonic ms). */
  atLeast(ms: number, latest: number): Deadline {
    if (this.at === undefined) return this;
    return new Deadline(
      this.clock,
      Math.max(this.at, Math.min(this.clock.monotonic() + ms, latest)),
      this.signal,
      this.stop,
    );
  }

  get passed(): boolean {
    return this.over || (this.at !== undefined && this.clock.monotonic() >= this.at);
  }

  /** What `work` answers, or `timeout` when the deadline comes first; the work itself goes on unobserved then. */
  async race<T>(work: Promise<T>): Promise<T> {
    if (this.at === undefined) return work;
    if (this.passed) {
      work.catch(() => undefined);
      throw timedOut();
    }
    const left = this.at - this.clock.monotonic();
    const timer = Promise.withResolvers<never>();
    const cancelTimer = this.clock.after(left, () => {
      this.over = true;
      timer.reject(timedOut());
    });
    try {
      return await Promise.race([work, timer.promise]);
    } finally {
      cancelTimer();
    }
  }
}

export const timedOut = (): QuarryError =>
  new QuarryError('timeout', 'the time allowed for the search was over; give it a longer timeout', { code: 'timeout' });
