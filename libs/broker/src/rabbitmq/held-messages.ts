import type { Clock } from '#libs/kernel';
import { overtakes, type Inbound } from './inbound-message.ts';

/**
 * What is held is to be worked off within this. Short handlers do so easily (the server keeps sending, and a round trip is
 * 1 ms); behind long ones messages would wait while somebody else may have a free slot.
 */
const HOLD_MS = 100;

/** Messages that the server has sent and no slot is free for, the best first. */
export class HeldMessages {
  private readonly clock: Clock;
  private readonly held: Inbound[] = [];
  /** Handed out since the last look. */
  private taken = 0;
  private isWatching = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get count(): number {
    return this.held.length;
  }

  add(inbound: Inbound): void {
    const place = this.held.findLastIndex((other) => !overtakes(inbound, other)) + 1;
    this.held.splice(place, 0, inbound);
  }

  takeBest(): Inbound | undefined {
    const best = this.held.shift();
    if (best) this.taken++;
    return best;
  }

  takeAll(): Inbound[] {
    return this.held.splice(0);
  }

  /** Calls back, once, when more is held than was taken in HOLD_MS, or not at all when nothing is held any more. */
  watch(onSlow: () => void): void {
    if (this.isWatching || this.held.length === 0) return;
    this.isWatching = true;
    this.taken = 0;
    this.clock.after(HOLD_MS, () => {
      this.isWatching = false;
      const since = this.clock.monotonic() - HOLD_MS;
      if (this.held.length > this.taken && this.held.some(({ receivedAt }) => receivedAt <= since)) onSlow();
      else this.watch(onSlow);
    });
  }
}
