import { asQuarryError, jitteredBackoffMs, kindOf, type QuarryError } from '#libs/kernel';
import type { Message, Channel } from 'amqplib';
import type { Settlement } from '../broker.ts';
import type { Inbound } from './inbound-message.ts';
import type { Envelope } from './envelope.ts';
import type { Mailer } from './mailer.ts';
import type { RabbitConnection } from './rabbit-connection.ts';

const BACKOFF_MIN_MS = 20;
const BACKOFF_MAX_MS = 2000;
/** A consumer that is closing gives up after so many tries, and the message goes back as it is. */
const TRIES_WHEN_CLOSING = 3;

/** Does to messages of one mailbox what handlers answer. A copy is confirmed before its original is acknowledged. */
export class Settler {
  private readonly mailbox: string;
  private readonly mailer: Mailer;
  private readonly connection: RabbitConnection;
  private readonly onError: (error: QuarryError) => void;
  private readonly underWay = new Set<Promise<void>>();
  private isClosing = false;

  constructor(mailbox: string, mailer: Mailer, connection: RabbitConnection, onError: (error: QuarryError) => void) {
    this.mailbox = mailbox;
    this.mailer = mailer;
    this.connection = connection;
    this.onError = onError;
  }

  /** Messages that were answered and are not settled yet. */
  get pending(): number {
    return this.underWay.size;
  }

  settle(inbound: Inbound, settlement: Settlement, isLost: () => boolean): void {
    const { envelope, attempt } = inbound;
    if (settlement === 'ack') return acknowledge(inbound);
    if ('deadLetter' in settlement)
      return this.bury(inbound, { ...envelope, attempts: attempt }, settlement.deadLetter, isLost);
    this.replace(inbound, isLost, () =>
      this.postAgain({ ...envelope, attempts: attempt, retries: envelope.retries + 1 }, settlement.retryAfterMs),
    );
  }

  bury(original: Original, envelope: Envelope, reason: string, isLost: () => boolean): void {
    this.replace(original, isLost, () => this.mailer.bury(this.mailbox, envelope, reason));
  }

  /** Puts it back, not counted as delivered, to wait for so long. */
  postpone(inbound: Inbound, delayMs: number, isLost: () => boolean): void {
    const envelope = { ...inbound.envelope, attempts: inbound.attempt - 1 };
    this.replace(inbound, isLost, () => this.postAgain(envelope, delayMs));
  }

  /** Puts messages back that no handler has seen, not counted as delivered. Throws when it cannot, and none is lost. */
  async handBack(messages: readonly Inbound[]): Promise<void> {
    const mails = messages.map(({ envelope, attempt }) => ({
      envelope: { ...envelope, attempts: attempt - 1 },
      delayMs: 0,
    }));
    await this.mailer.post(this.mailbox, mails);
    for (const message of messages) acknowledge(message);
  }

  /** Resolves when all is settled; what fails now is given up soon. */
  async close(): Promise<void> {
    this.isClosing = true;
    await Promise.all(this.underWay);
  }

  private postAgain(envelope: Envelope, delayMs: number): Promise<void> {
    return this.mailer.post(this.mailbox, [{ envelope, delayMs }]);
  }

  private replace(original: Original, isLost: () => boolean, publish: () => Promise<void>): void {
    const work = this.tryToReplace(original, isLost, publish).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  private async tryToReplace(original: Original, isLost: () => boolean, publish: () => Promise<void>): Promise<void> {
    const { clock, random } = this.connection;
    for (let attempt = 0; !isLost(); attempt++) {
      try {
        await publish();
        return acknowledge(original);
      } catch (error) {
        this.onError(asQuarryError(error));
        const mayPass = kindOf(error) === 'unavailable' || kindOf(error) === 'overloaded';
        if ((this.isClosing || !mayPass) && attempt + 1 >= TRIES_WHEN_CLOSING) return giveBack(original);
      }
      await clock.sleep(jitteredBackoffMs(random, attempt, BACKOFF_MIN_MS, BACKOFF_MAX_MS));
    }
  }
}

interface Original {
  readonly message: Message;
  readonly channel: Channel;
}

/** On a channel that is gone there is nothing to say: the server gives the message to others. */
export function acknowledge({ channel, message }: Original): void {
  try {
    channel.ack(message);
  } catch {
    // It is delivered again, which is what at least once means.
  }
}

/** To be delivered again, counted as an attempt. */
export function giveBack({ channel, message }: Original): void {
  try {
    channel.nack(message, false, true);
  } catch {
    // See above.
  }
}
