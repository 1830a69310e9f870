import type { Broker, Consumer, Delivery, Settlement } from '#libs/broker';
import type { Logger } from '#libs/telemetry';

export interface HostedMailboxesOptions {
  readonly broker: Broker;
  readonly logger: Logger;
  readonly concurrency: (mailbox: string) => number;
  readonly handle: (mailbox: string, delivery: Delivery) => Promise<Settlement>;
  /** For what runs in a mailbox that is given up. */
  readonly graceMs: number;
}

/** The mailboxes that a worker reads at the moment. Changes are made one after the other. */
export class HostedMailboxes {
  private readonly consumers = new Map<string, Consumer>();
  private readonly closing = new Set<Promise<void>>();
  private changing: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly options: HostedMailboxesOptions) {}

  /** Reads these and no others. Rejects when one cannot be opened; the next call tries again. */
  open(mailboxes: readonly string[]): Promise<void> {
    const wanted = new Set(mailboxes);
    const change = this.changing.then(() => this.change(wanted));
    this.changing = change.catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'the mailboxes could not be opened as wished');
    });
    return change;
  }

  /** Resolves when what was asked so far is done, or has failed. */
  settled(): Promise<void> {
    return this.changing;
  }

  async close(graceMs: number): Promise<void> {
    this.isClosed = true;
    await this.changing;
    for (const [mailbox, consumer] of this.consumers) this.giveUp(mailbox, consumer, graceMs);
    await Promise.all(this.closing);
  }

  private async change(wanted: ReadonlySet<string>): Promise<void> {
    if (this.isClosed) return;
    for (const [mailbox, consumer] of this.consumers) {
      if (!wanted.has(mailbox)) this.giveUp(mailbox, consumer, this.options.graceMs);
    }
    for (const mailbox of wanted) {
      if (this.consumers.has(mailbox)) continue;
      const { broker, concurrency, handle } = this.options;
      const options = { concurrency: concurrency(mailbox) };
      this.consumers.set(mailbox, await broker.consume(mailbox, options, (delivery) => handle(mailbox, delivery)));
    }
  }

  private giveUp(mailbox: string, consumer: Consumer, graceMs: number): void {
    this.consumers.delete(mailbox);
    const closed = consumer
      .close(graceMs)
      .catch((error: unknown) => this.options.logger.warn({ mailbox, err: error }, 'a mailbox was not closed in order'))
      .finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }
}
