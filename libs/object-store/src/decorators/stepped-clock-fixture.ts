import { type Clock, QuarryError } from '#libs/kernel';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock for specs whose time passes only in `run`, from timer to timer, in their order. */
export function steppedClock(): Clock & { run<T>(work: Promise<T>): Promise<T> } {
  let now = 0;
  let timers: Timer[] = [];
  const add = (ms: number, fire: () => void): (() => void) => {
    const timer = { at: now + ms, fire };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  return {
    now: () => now,
    monotonic: () => now,
    after: add,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = (): void => {
          cancel();
          reject(new QuarryError('cancelled', 'the wait was cancelled'));
        };
        const cancel = add(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        if (signal?.aborted) onAbort();
        else signal?.addEventListener('abort', onAbort, { once: true });
      }),
    run: async (work) => {
      let ended = false;
      const end = (): void => {
        ended = true;
      };
      work.then(end, end);
      for (;;) {
        // What follows from the last timer happens before the next one.
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        if (ended) return work;
        const [next] = timers.toSorted((a, b) => a.at - b.at);
        if (!next) continue;
        timers = timers.filter((other) => other !== next);
        now = next.at;
        next.fire();
      }
    },
  };
}
