import type { Clock } from '#libs/kernel';

/** A timer may be late but never early; and Node's timers end at 2^31 ms. */
const LONGEST_WAIT_MS = 3_600_000;

/** One timer for the earliest of many times (ms since 1970). Firing too early is harmless: the owner arms it again. */
export class DueTimer {
  private readonly clock: Clock;
  private readonly onDue: () => void;
  private armedFor: number | undefined;
  private cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, onDue: () => void) {
    this.clock = clock;
    this.onDue = onDue;
  }

  /** A later time than the one it is armed for changes nothing. */
  arm(at: number): void {
    if (this.armedFor !== undefined && this.armedFor <= at) return;
    this.cancel();
    this.armedFor = at;
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(0, at - this.clock.now()));
    this.cancelTimer = this.clock.after(waitMs, () => {
      this.armedFor = undefined;
      this.onDue();
    });
  }

  cancel(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.armedFor = undefined;
  }
}
