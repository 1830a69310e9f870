import { QuarryError, type Clock } from '#libs/kernel';

/** One task that was sent to this worker directly. */
export interface DirectTask {
  readonly job: string;
  readonly kind: string;
  readonly task: number;
  readonly hedge: boolean;
  /** ms since 1970. */
  readonly sentAt: number;
}

export interface DirectInboxOptions {
  readonly clock: Clock;
  readonly concurrency: number;
  /** Runs it to its recorded partial; rejects when it could not be. */
  readonly run: (task: DirectTask, signal: AbortSignal) => Promise<void>;
  /** Gives it to the mailbox that all workers share. */
  readonly passOn: (tasks: readonly DirectTask[]) => Promise<void>;
}

/** Waiting tasks beyond this are passed on at once: so long a queue means that others are faster. */
const MAX_WAITING = 1024;

/** From the abort of a task to its end: it ends at its next look at the signal. */
const ABORT_MS = 1_000;

/**
 * The tasks that were sent to this worker and no other. Nothing here is durable: the sender watches over them, and what
 * cannot be done is passed on.
 *
 * - open: takes tasks, runs `concurrency` at once.
 * - closing: passes on what waits and what comes; waits for what runs.
 * - closed: what still ran was aborted and passed on.
 */
export class DirectInbox {
  private readonly waiting: DirectTask[] = [];
  private readonly running = new Map<string, { task: DirectTask; abort: AbortController; done: Promise<void> }>();
  private state: 'open' | 'closing' | 'closed' = 'open';

  constructor(private readonly options: DirectInboxOptions) {}

  get waitingCount(): number {
    return this.waiting.length;
  }

  offer(tasks: readonly DirectTask[]): void {
    const refused: DirectTask[] = [];
    for (const task of tasks) {
      // Sent twice, by a watchdog or a second planner: the one that runs will do.
      if (this.running.has(keyOf(task))) continue;
      if (this.state !== 'open' || this.waiting.length >= MAX_WAITING) refused.push(task);
      else this.waiting.push(task);
    }
    this.fill();
    if (refused.length > 0) void this.options.passOn(refused);
  }

  async close(graceMs: number): Promise<void> {
    this.state = 'closing';
    const left = this.waiting.splice(0);
    if (left.length > 0) await this.options.passOn(left);
    if (this.running.size > 0 && graceMs > 0) await this.settledWithin(graceMs);
    this.state = 'closed';
    const unfinished = [...this.running.values()];
    for (const { abort } of unfinished) {
      abort.abort(new QuarryError('cancelled', 'the worker stops', { code: 'consumer_closed' }));
    }
    // What does not heed its signal is left behind: whatever it records is a duplicate, or welcome.
    if (unfinished.length > 0) await this.settledWithin(ABORT_MS);
    if (unfinished.length > 0) await this.options.passOn(unfinished.map(({ task }) => task));
  }

  private fill(): void {
    while (this.state === 'open' && this.running.size < this.options.concurrency) {
      const task = this.waiting.shift();
      if (!task) return;
      if (!this.running.has(keyOf(task))) this.start(task);
    }
  }

  private start(task: DirectTask): void {
    const abort = new AbortController();
    const key = keyOf(task);
    const done = this.options
      .run(task, abort.signal)
      .catch(() => (this.state === 'closed' ? undefined : this.options.passOn([task])))
      .then(() => {
        this.running.delete(key);
        this.fill();
      });
    this.running.set(key, { task, abort, done });
  }

  private async settledWithin(graceMs: number): Promise<void> {
    const all = Promise.all([...this.running.values()].map(({ done }) => done));
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.after(graceMs, resolve);
      void all.then(() => {
        cancel();
        resolve();
      });
    });
  }
}

const keyOf = ({ job, task }: DirectTask): string => `${job}:${task}`;
