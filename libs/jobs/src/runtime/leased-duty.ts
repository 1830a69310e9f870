import { QuarryError, type Clock, type Ids } from '#libs/kernel';
import type { JobStore, Lease } from '#libs/job-store';
import type { Logger } from '#libs/telemetry';

export interface LeasedDutyParts {
  readonly jobs: Pick<JobStore, 'acquireLease' | 'releaseLease'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

export interface LeasedDutyOptions {
  /** Of the lease: of all processes with a duty of this name, one leads. */
  readonly name: string;
  /** From the start of one piece of work to that of the next. */
  readonly everyMs: number;
  /** So long after a leader's death at most, another may lead. */
  readonly leaseMs: number;
  /**
   * Done while this process leads, never twice at a time in one process. When `signal` aborts, others may be leading:
   * stop. `token` rises with every new leadership, in any process.
   */
  readonly work: (token: number, signal: AbortSignal) => Promise<void>;
}

/** Of the lease, by this process's clocks: it stops before the store lets others in. */
const TRUSTED_SHARE = 0.8;
/** Beats within the lease: two may fail before it is lost. */
const BEATS = 3;

interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

type State =
  | { readonly mode: 'idle' }
  | { readonly mode: 'leading'; readonly lease: Lease; readonly stop: AbortController; workedAt?: Instant }
  | { readonly mode: 'closed' };

/**
 * Something that one process at a time does, whichever (DESIGN §2): no coordinator, and nobody to configure. States:
 *
 * - idle: another leads, or nobody. Each beat asks for the lease; who gets it is leading.
 * - leading(token): each beat prolongs the lease, work is done when it is due. Left when the store says that the lease is
 *   another's or was lost in between (a new token), when it could not be prolonged for TRUSTED_SHARE of its time, and by
 *   `close`. The signal of its work aborts then.
 * - closed: the lease is given back once the work has ended, so that the next leader need not wait.
 *
 * A lease keeps two leaders apart only as far as a process notices what its clocks say: one that was frozen in the middle
 * of its work may still finish a request. So no duty's safety may hang on the lease alone. What they do is
 * idempotent (the reconciler's messages), created if absent (manifests, hence compaction and collection), or
 * submitted under a key that names what it is about (the jobs of Compactor and Sweeper): a stale leader repeats, and
 * changes nothing. `token` is for work that has no such shield.
 */
export class LeasedDuty {
  private state: State = { mode: 'idle' };
  private working: Promise<void> | undefined;
  private beating: Promise<void> = Promise.resolve();
  private cancelTimer: () => void = () => {};
  private cancelExpiry: () => void = () => {};
  private readonly owner: string;
  private readonly beatMs: number;

  constructor(
    private readonly parts: LeasedDutyParts,
    private readonly options: LeasedDutyOptions,
  ) {
    this.owner = parts.ids.next();
    this.beatMs = Math.min(options.everyMs, options.leaseMs / BEATS);
  }

  start(): void {
    this.schedule(0);
  }

  /** The token of this process's leadership; undefined while it does not lead. */
  get token(): number | undefined {
    return this.state.mode === 'leading' ? this.state.lease.token : undefined;
  }

  /** Ends what runs, and lets others lead. A second call does nothing. */
  async close(): Promise<void> {
    const { state } = this;
    this.leave({ mode: 'closed' }, 'the process stops');
    this.cancelTimer();
    await Promise.allSettled([this.beating, this.working]);
    if (state.mode === 'leading') await this.release(state.lease);
  }

  /** One beat, and the work if this process leads, due or not: for tests and for who cannot wait. Rejects as both do. */
  async turn(): Promise<void> {
    await this.beat();
    await this.work();
  }

  private schedule(afterMs: number): void {
    if (this.state.mode === 'closed') return;
    this.cancelTimer = this.parts.clock.after(afterMs, () => {
      this.beating = this.tick().finally(() => this.schedule(this.beatMs));
    });
  }

  private async tick(): Promise<void> {
    const { name } = this.options;
    try {
      await this.beat();
    } catch (error) {
      this.parts.logger.debug({ duty: name, err: error }, 'the lease could not be asked for');
    }
    if (!this.isDue()) return;
    // Not waited for: beats go on while it works.
    void this.work().catch((error: unknown) => this.parts.logger.warn({ duty: name, err: error }, 'a duty failed'));
  }

  /** An error leaves the state as it is: the lease holds until it runs out. */
  private async beat(): Promise<void> {
    if (this.isClosed()) return;
    const sent = this.instant();
    const lease = await this.parts.jobs.acquireLease(this.options.name, this.owner, this.options.leaseMs);
    const { state } = this;
    if (state.mode === 'closed') {
      if (lease) await this.release(lease);
      return;
    }
    if (state.mode === 'leading' && state.lease.token !== lease?.token) this.leave({ mode: 'idle' }, 'it is lost');
    // Answered so late that it may have run out meanwhile: the next beat will know.
    const leftMs = this.options.leaseMs * TRUSTED_SHARE - this.since(sent);
    if (!lease || leftMs <= 0) return;
    if (this.state.mode === 'idle') {
      this.state = { mode: 'leading', lease, stop: new AbortController() };
      this.parts.logger.debug({ duty: this.options.name, token: lease.token }, 'this process leads');
    }
    this.cancelExpiry();
    this.cancelExpiry = this.parts.clock.after(leftMs, () =>
      this.leave({ mode: 'idle' }, 'it could not be prolonged in time'),
    );
  }

  private leave(next: State, why: string): void {
    const { state } = this;
    if (state.mode === 'closed') return;
    this.cancelExpiry();
    this.state = next;
    if (state.mode !== 'leading') return;
    const { name } = this.options;
    this.parts.logger.debug({ duty: name, token: state.lease.token, why }, 'this process does not lead any more');
    state.stop.abort(new QuarryError('cancelled', `the lease "${name}" was given up: ${why}`, { code: 'lease_lost' }));
  }

  private isClosed(): boolean {
    return this.state.mode === 'closed';
  }

  private isDue(): boolean {
    if (this.state.mode !== 'leading' || this.working) return false;
    const { workedAt } = this.state;
    // Timers may fire a little early, and the beat after this one would be late.
    return !workedAt || this.since(workedAt) >= this.options.everyMs - this.beatMs / 2;
  }

  /** Joins what is under way. */
  private work(): Promise<void> {
    if (this.working || this.state.mode !== 'leading') return this.working ?? Promise.resolve();
    const { lease, stop } = this.state;
    this.state.workedAt = this.instant();
    this.working = this.options.work(lease.token, stop.signal).finally(() => (this.working = undefined));
    return this.working;
  }

  private async release(lease: Lease): Promise<void> {
    try {
      await this.parts.jobs.releaseLease(lease);
    } catch (error) {
      // It runs out by itself.
      this.parts.logger.debug({ duty: this.options.name, err: error }, 'the lease could not be given back');
    }
  }

  private instant(): Instant {
    return { monotonic: this.parts.clock.monotonic(), wall: this.parts.clock.now() };
  }

  /** By the clock that says more: one stops while a machine sleeps, the other may jump back. */
  private since({ monotonic, wall }: Instant): number {
    return Math.max(this.parts.clock.monotonic() - monotonic, this.parts.clock.now() - wall);
  }
}
