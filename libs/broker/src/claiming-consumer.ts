import { asQuarryError, kindOf, QuarryError, type Clock } from '#libs/kernel';
import type { Consumer, Delivery, Handler, Settlement } from './broker.ts';

/** A message that is claimed for one delivery; adapters add what identifies the claim. */
export type Claimed = Omit<Delivery, 'signal'>;

/** Where a ClaimingConsumer gets its messages. */
export interface Claims<C extends Claimed> {
  /** Claims up to `limit` ready messages, in the order of delivery. */
  claim(limit: number): Promise<C[]>;
  /** Does nothing when the claim is lost meanwhile. */
  settle(claimed: C, settlement: Settlement): Promise<void>;
  /** Makes the messages ready again at their old place. `delivered`: they count as an attempt. */
  handBack(claimed: readonly C[], delivered: boolean): Promise<void>;
}

export interface ClaimingConsumerOptions<C extends Claimed> {
  readonly claims: Claims<C>;
  readonly concurrency: number;
  readonly handle: Handler;
  readonly clock: Clock;
  readonly onError: (error: QuarryError) => void;
}

const RETRY_BASE_MS = 20;
const RETRY_MAX_MS = 2000;
/** Settling that fails is tried again for as long as the consumer lives, and so often when it is closing. */
const SETTLE_TRIES_WHEN_CLOSING = 3;

/**
 * Runs a handler over messages that are claimed one by one from a shared place, as many at once as there are slots.
 *
 * - taking: `wake` claims as many messages as slots are free. Nothing polls in here.
 * - closing: claims nothing; waits for running handlers and for what they settle.
 * - closed: what still runs was handed back and its signal aborted; what it answers is ignored.
 */
export class ClaimingConsumer<C extends Claimed> implements Consumer {
  private readonly options: ClaimingConsumerOptions<C>;
  private readonly running = new Map<C, AbortController>();
  /** Settlements and claims under way; empty when `close` resolves. */
  private readonly underWay = new Set<Promise<void>>();
  private state: 'taking' | 'closing' | 'closed' = 'taking';
  private claiming = false;
  private wokenMeanwhile = false;
  private failures = 0;
  private idle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(options: ClaimingConsumerOptions<C>) {
    if (!Number.isInteger(options.concurrency) || options.concurrency < 1) {
      throw new QuarryError('invalid', `concurrency ${options.concurrency} is no positive integer`, {
        code: 'bad_concurrency',
        details: { concurrency: options.concurrency },
      });
    }
    this.options = options;
  }

  /** To be called whenever a message may have become ready. */
  wake(): void {
    if (this.state !== 'taking') return;
    if (this.claiming) this.wokenMeanwhile = true;
    else this.track(this.fill());
  }

  /** The claims are lost (another process has taken them over): tells the handlers, whose answers no longer count. */
  loseClaims(): void {
    for (const controller of this.running.values()) {
      controller.abort(new QuarryError('cancelled', 'the lease of the message was lost', { code: 'lease_lost' }));
    }
  }

  /** As `loseClaims`, for one of them. */
  loseClaim(claimed: C): void {
    this.running
      .get(claimed)
      ?.abort(new QuarryError('cancelled', 'the lease of the message was lost', { code: 'lease_lost' }));
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.shutDown(graceMs);
    return this.closing;
  }

  private async fill(): Promise<void> {
    this.claiming = true;
    try {
      do {
        this.wokenMeanwhile = false;
        const free = this.options.concurrency - this.running.size;
        if (free <= 0) break;
        const claimed = await this.options.claims.claim(free);
        if (this.state === 'taking') for (const message of claimed) void this.run(message);
        else if (claimed.length > 0) await this.options.claims.handBack(claimed, false);
      } while (this.wokenMeanwhile && this.state === 'taking');
      this.failures = 0;
    } catch (error) {
      this.options.onError(asQuarryError(error));
      this.options.clock.after(retryDelayMs(this.failures++), () => this.wake());
    } finally {
      this.claiming = false;
    }
  }

  private async run(claimed: C): Promise<void> {
    const controller = new AbortController();
    this.running.set(claimed, controller);
    const settlement = await this.answer(claimed, controller.signal);
    // Not running any more: it was handed back by shutDown.
    if (!this.running.delete(claimed)) return;
    this.track(this.settle(claimed, settlement));
    // The slot is free at once; settling and the next claim share a transaction.
    this.wake();
    if (this.running.size === 0) this.idle?.();
  }

  private async answer(claimed: C, signal: AbortSignal): Promise<Settlement> {
    const { id, body, attempt, retries, publishedAt } = claimed;
    try {
      const settlement = await this.options.handle({ id, body, attempt, retries, publishedAt, signal });
      if (settlement === 'ack' || 'retryAfterMs' in settlement || 'deadLetter' in settlement) return settlement;
      throw new QuarryError('internal', `a handler answered ${JSON.stringify(settlement)}, which is no settlement`);
    } catch (error) {
      this.options.onError(asQuarryError(error));
      return { retryAfterMs: 0 };
    }
  }

  private async settle(claimed: C, settlement: Settlement): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.options.claims.settle(claimed, settlement);
        return;
      } catch (error) {
        this.options.onError(asQuarryError(error));
        const lasting = kindOf(error) !== 'unavailable' && kindOf(error) !== 'overloaded';
        if (lasting && attempt >= SETTLE_TRIES_WHEN_CLOSING) return;
        if (this.state !== 'taking' && attempt >= SETTLE_TRIES_WHEN_CLOSING) return;
      }
      await this.options.clock.sleep(retryDelayMs(attempt));
    }
  }

  private async shutDown(graceMs: number): Promise<void> {
    this.state = 'closing';
    if (this.running.size > 0 && graceMs > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.options.clock.after(graceMs, resolve);
        this.idle = () => {
          cancel();
          resolve();
        };
      });
    }
    this.state = 'closed';
    const left = [...this.running];
    this.running.clear();
    for (const [, controller] of left) {
      controller.abort(new QuarryError('cancelled', 'the consumer was closed', { code: 'consumer_closed' }));
    }
    if (left.length > 0) {
      await this.options.claims
        .handBack(
          left.map(([claimed]) => claimed),
          true,
        )
        // Nothing is lost: the messages come back when this process is seen to be gone.
        .catch((error: unknown) => this.options.onError(asQuarryError(error)));
    }
    await Promise.all(this.underWay);
  }

  /** Remembers work until it ends; `close` waits for it. It never rejects. */
  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }
}

const retryDelayMs = (attempt: number): number => Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** attempt);
