import { QuarryError, type Clock } from '#libs/kernel';

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** Time that passes when a test says so: timers fire in order, and what they set going comes to rest before the next. */
export class SimulatedClock implements Clock {
  private timers: Timer[] = [];

  constructor(private time: number) {}

  now = (): number => this.time;
  monotonic = (): number => this.time;

  after = (ms: number, action: () => void): (() => void) => {
    const timer = { at: this.time + ms, action };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancel = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(new QuarryError('cancelled', 'the wait was cancelled'));
      });
    });

  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      await rest();
      const [next] = this.timers.toSorted((a, b) => a.at - b.at);
      if (!next || next.at > until) break;
      this.timers = this.timers.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.action();
    }
    this.time = until;
  }
}

/** In memory nothing takes longer than some turns of the event loop. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
