import type { Clock } from '#libs/kernel';
import type { JobListeners } from '../job-listeners.ts';

/** A look costs 8 µs and a timer; the pause grows while no other process writes. */
const LOOK_MIN_MS = 5;
const LOOK_MAX_MS = 100;
const LOOK_GROWTH = 1.2;

export interface ChangeLookoutOptions {
  readonly clock: Clock;
  readonly listeners: JobListeners;
  /** Whether another process has written since the last call. */
  readonly changedElsewhere: () => boolean;
  /** See JobTable.changeNumber. */
  readonly changeNumber: (id: string) => number | undefined;
}

/** Tells listeners of what other processes change. Looks only while somebody listens; keeps no process alive. */
export class ChangeLookout {
  private readonly options: ChangeLookoutOptions;
  private readonly seen = new Map<string, number | undefined>();
  private cancelTimer: (() => void) | undefined;
  private pauseMs = LOOK_MIN_MS;

  constructor(options: ChangeLookoutOptions) {
    this.options = options;
  }

  /** To be called when a listener for this job was added. */
  lookFor(id: string): void {
    if (!this.seen.has(id)) this.seen.set(id, this.options.changeNumber(id));
    this.pauseMs = LOOK_MIN_MS;
    if (!this.cancelTimer) this.schedule();
  }

  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  private schedule(): void {
    this.cancelTimer = this.options.clock.after(this.pauseMs, () => {
      this.cancelTimer = undefined;
      this.look();
      const { listeners } = this.options;
      if (this.seen.size > listeners.size)
        for (const id of this.seen.keys()) if (!listeners.has(id)) this.seen.delete(id);
      if (listeners.size > 0) this.schedule();
    });
  }

  private look(): void {
    const { listeners, changedElsewhere, changeNumber } = this.options;
    try {
      if (!changedElsewhere()) {
        this.pauseMs = Math.min(LOOK_MAX_MS, this.pauseMs * LOOK_GROWTH);
        return;
      }
      this.pauseMs = LOOK_MIN_MS;
      for (const id of listeners.jobs()) {
        const number = changeNumber(id);
        // This process's own changes are in the number too; one call too many is harmless.
        if (number !== this.seen.get(id)) listeners.notify(id);
        this.seen.set(id, number);
      }
    } catch {
      // The file was busy: a watcher that is called without a change is better than one that misses a change.
      for (const id of listeners.jobs()) listeners.notify(id);
    }
  }
}
