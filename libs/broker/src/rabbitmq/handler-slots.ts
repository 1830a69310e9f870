import type { Channel } from 'amqplib';
import { asQuarryError, QuarryError, type Clock } from '#libs/kernel';
import type { Handler, Settlement } from '../broker.ts';
import type { Inbound } from './inbound-message.ts';

export interface HandlerSlotsOptions {
  readonly concurrency: number;
  readonly handle: Handler;
  readonly clock: Clock;
  readonly onError: (error: QuarryError) => void;
  /** The handler has answered, and its slot is free. */
  readonly answered: (inbound: Inbound, settlement: Settlement) => void;
}

/** Runs handlers, as many at once as there are slots. */
export class HandlerSlots {
  private readonly options: HandlerSlotsOptions;
  private readonly running = new Map<Inbound, AbortController>();
  private idle: (() => void) | undefined;

  constructor(options: HandlerSlotsOptions) {
    this.options = options;
  }

  get free(): number {
    return this.options.concurrency - this.running.size;
  }

  /** How many run with a message of this channel. */
  runningFrom(channel: Channel | undefined): number {
    let count = 0;
    for (const inbound of this.running.keys()) if (inbound.channel === channel) count++;
    return count;
  }

  begin(inbound: Inbound): void {
    const controller = new AbortController();
    this.running.set(inbound, controller);
    void this.run(inbound, controller.signal);
  }

  /** Their messages were lost: tells the handlers, which keep their slots until they end. */
  loseAll(): void {
    const lost = new QuarryError('cancelled', 'the connection that the message came by was lost', {
      code: 'lease_lost',
    });
    for (const controller of this.running.values()) controller.abort(lost);
  }

  /** Resolves when nothing runs, or after the grace. */
  async ended(graceMs: number): Promise<void> {
    if (this.running.size === 0 || graceMs <= 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.after(graceMs, resolve);
      this.idle = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Aborts what runs and gives the messages; what the handlers still answer is ignored. */
  abandonAll(): Inbound[] {
    const left = [...this.running];
    this.running.clear();
    const closed = new QuarryError('cancelled', 'the consumer was closed', { code: 'consumer_closed' });
    for (const [, controller] of left) controller.abort(closed);
    return left.map(([inbound]) => inbound);
  }

  private async run(inbound: Inbound, signal: AbortSignal): Promise<void> {
    const settlement = await this.answer(inbound, signal);
    if (!this.running.delete(inbound)) return;
    this.options.answered(inbound, settlement);
    if (this.running.size === 0) this.idle?.();
  }

  private async answer({ envelope, attempt }: Inbound, signal: AbortSignal): Promise<Settlement> {
    const { id, body, retries, publishedAt } = envelope;
    try {
      const settlement = await this.options.handle({ id, body, attempt, retries, publishedAt, signal });
      if (settlement === 'ack' || 'retryAfterMs' in settlement || 'deadLetter' in settlement) return settlement;
      throw new QuarryError('internal', `a handler answered ${JSON.stringify(settlement)}, which is no settlement`);
    } catch (error) {
      this.options.onError(asQuarryError(error));
      return { retryAfterMs: 0 };
    }
  }
}
