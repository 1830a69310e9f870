import type { Worker } from 'bullmq';
import type { Clock } from '#libs/kernel';

export interface ReadyWatchOptions {
  readonly backend: ReturnType<Worker['getBackend']>;
  readonly clock: Clock;
  /** Messages may have become ready. The watch is over until it is armed again. */
  readonly onReady: () => void;
  /** Somebody else has to look: a sign was taken that this consumer does not follow. */
  readonly passOn: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Without a sign a consumer looks for itself after so long: another may have taken the sign and died. Also bounds how long
 * one blocking command waits.
 */
const LOOK_ANYWAY_MS = 2000;
const RETRY_MS = 250;

/**
 * Waits for bullmq's marker, the sign that a queue has ready jobs. It is a sorted set with at most two members: "0" (score
 * 0) says "jobs are ready", "1" (score: ms since 1970) when the next delayed job is. Whoever takes the sign must look, and
 * a look that finds a job puts the sign back for the next.
 *
 * - idle: not armed; nothing waits, unless a blocking command of before has not ended yet.
 * - armed: a blocking command waits for the sign, a timer for the delayed job. The first of them makes it idle.
 * - closed
 */
export class ReadyWatch {
  private readonly options: ReadyWatchOptions;
  private state: 'idle' | 'armed' | 'closed' = 'idle';
  private isBlocking = false;
  private cancelTimer: (() => void) | undefined;

  constructor(options: ReadyWatchOptions) {
    this.options = options;
  }

  private get isClosed(): boolean {
    return this.state === 'closed';
  }

  get isArmed(): boolean {
    return this.state === 'armed';
  }

  /** @param dueAt when the next delayed job that is known of becomes ready, ms since 1970 */
  arm(dueAt?: number): void {
    if (this.state === 'closed') return;
    this.state = 'armed';
    this.setTimer(dueAt);
    if (!this.isBlocking) void this.block();
  }

  close(): void {
    this.state = 'closed';
    this.cancelTimer?.();
  }

  private setTimer(dueAt?: number): void {
    const { clock } = this.options;
    this.cancelTimer?.();
    const waitMs = dueAt === undefined ? LOOK_ANYWAY_MS : Math.min(LOOK_ANYWAY_MS, Math.max(0, dueAt - clock.now()));
    // The blocking command has a time limit of its own, but Redis looks at those ten times a second only.
    this.cancelTimer = clock.after(Math.ceil(waitMs), () => this.ready());
  }

  private ready(): void {
    if (this.state !== 'armed') return;
    this.state = 'idle';
    this.cancelTimer?.();
    this.options.onReady();
  }

  private async block(): Promise<void> {
    const { backend, clock, onError, passOn } = this.options;
    this.isBlocking = true;
    while (this.isArmed) {
      let sign: { readonly score: number } | null = null;
      try {
        sign = await backend.waitForJob(LOOK_ANYWAY_MS / 1000);
      } catch (error) {
        if (!this.isClosed) onError(error);
        await clock.sleep(RETRY_MS);
        continue;
      }
      if (sign === null) continue;
      if (!this.isArmed) passOn();
      else if (sign.score > clock.now()) this.setTimer(sign.score);
      else this.ready();
    }
    this.isBlocking = false;
  }
}
