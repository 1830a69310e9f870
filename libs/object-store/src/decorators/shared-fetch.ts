import { cancelled } from '../store-errors.ts';

/**
 * One fetch that several callers wait for, each with a signal of its own: a caller that gives up leaves the others
 * undisturbed, and the last to give up ends the fetch.
 */
export class SharedFetch<T> {
  private readonly controller = new AbortController();
  private readonly outcome: Promise<T>;
  private waiting = 0;
  private settled = false;

  constructor(fetch: (signal: AbortSignal) => Promise<T>) {
    this.outcome = fetch(this.controller.signal).finally(() => {
      this.settled = true;
    });
    // A fetch that everybody has left may fail unheard.
    this.outcome.catch(() => undefined);
  }

  /** Nobody can join any more: everybody gave up, and it is ending. */
  get abandoned(): boolean {
    return this.controller.signal.aborted;
  }

  async wait(signal: AbortSignal | undefined, what: string): Promise<T> {
    this.waiting++;
    const gaveUp = Promise.withResolvers<never>();
    const giveUp = (): void => gaveUp.reject(cancelled(what));
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([this.outcome, gaveUp.promise]);
    } finally {
      signal?.removeEventListener('abort', giveUp);
      if (--this.waiting === 0 && !this.settled) this.controller.abort();
    }
  }
}
