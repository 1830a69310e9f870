import { systemClock, type Clock } from '#libs/kernel';

const BEAT_MS = 5;
/** A timer may be so late on an idle machine. */
const USUAL_MS = 5;

/**
 * Measures how long something took that waits (for a timer, a message, an answer), without the time in which the machine, busy
 * with others, let this process stand still: a beat that comes late tells how long that was. So a bound on it holds on a
 * machine under any load, and still fails for what waits too long. Not for what computes: that makes the beat late itself.
 */
export class OwnTime {
  private stoodStillMs = 0;
  private last: number;
  private readonly began: number;
  private cancel: () => void = () => {};

  private constructor(private readonly clock: Clock) {
    this.last = clock.monotonic();
    this.began = this.last;
  }

  static start(clock: Clock = systemClock): OwnTime {
    const time = new OwnTime(clock);
    time.beat();
    return time;
  }

  /** ms; ends the measurement. */
  stop(): number {
    this.cancel();
    this.look();
    return this.last - this.began - this.stoodStillMs;
  }

  private beat(): void {
    this.cancel = this.clock.after(BEAT_MS, () => {
      this.look();
      this.beat();
    });
  }

  private look(): void {
    const now = this.clock.monotonic();
    this.stoodStillMs += Math.max(0, now - this.last - BEAT_MS - USUAL_MS);
    this.last = now;
  }
}
