import { QuarryError } from './errors.ts';

/** Time as a part that can be replaced: nothing outside this lib calls Date.now, setTimeout or performance.now. */
export interface Clock {
  /** Wall time, ms since 1970. May jump. Only for what people read and what crosses machines. */
  now(): number;
  /** Monotonic time, ms, fractional, from an arbitrary origin. For durations and deadlines within a process. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with `cancelled` as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `ms`; the returned function cancels. The timer does not keep the process alive. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(new QuarryError('cancelled', 'the wait was cancelled'));
      };
      if (signal?.aborted) return onAbort();
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Gives the event loop a turn: leases, heartbeats and other requests go on while a long computation runs. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * A computation that must not hold the event loop: call `due()` in the loop and, when it says so, `await yield()`.
 * @param budgetMs how long the loop may run before others get a turn
 */
export class Yielder {
  private since: number;
  constructor(
    private readonly clock: Clock,
    private readonly budgetMs = 8,
  ) {
    this.since = clock.monotonic();
  }
  due(): boolean {
    return this.clock.monotonic() - this.since >= this.budgetMs;
  }
  async yield(): Promise<void> {
    await yieldToEventLoop();
    this.since = this.clock.monotonic();
  }
}
