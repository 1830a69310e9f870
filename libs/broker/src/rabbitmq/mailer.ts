import type { Clock } from '#libs/kernel';
import { unavailable } from '#libs/kernel';
import type { ConfirmedPublisher, Routed } from './confirmed-publisher.ts';
import { writeLetter } from './dead-letter-envelope.ts';
import { delayRoute, LONGEST_DELAY_MS } from './delay-levels.ts';
import { writeEnvelope, type Envelope } from './envelope.ts';
import { bandOf, type QueueNames } from './queue-names.ts';
import type { Topology } from './topology.ts';

export interface Mail {
  readonly envelope: Envelope;
  /** Not delivered before so many ms from now. */
  readonly delayMs: number;
}

/** Puts messages where they belong: into a band, into the delays before it, or to the dead. */
export class Mailer {
  private readonly publisher: ConfirmedPublisher;
  private readonly topology: Topology;
  private readonly names: QueueNames;
  private readonly clock: Clock;
  private lastDeath = 0;

  constructor(publisher: ConfirmedPublisher, topology: Topology, names: QueueNames, clock: Clock) {
    this.publisher = publisher;
    this.topology = topology;
    this.names = names;
    this.clock = clock;
  }

  /** Resolves when all are confirmed. */
  async post(mailbox: string, mails: readonly Mail[]): Promise<void> {
    const routed: Routed[] = [];
    let level = -1;
    for (const mail of mails) {
      const [message, itsLevel] = this.route(mailbox, mail);
      level = Math.max(level, itsLevel);
      routed.push(message);
    }
    await this.topology.ensure(mailbox, level);
    await this.publish(mailbox, level, routed);
  }

  async bury(mailbox: string, envelope: Envelope, reason: string): Promise<void> {
    const diedAt = this.clock.now();
    this.lastDeath = Math.max(diedAt, this.lastDeath + 1);
    const { content, properties } = writeLetter(envelope, { reason, diedAt, order: this.lastDeath });
    await this.topology.ensure(mailbox);
    await this.publish(mailbox, -1, [{ exchange: '', key: this.names.dead(mailbox), content, properties }]);
  }

  private async publish(mailbox: string, level: number, messages: readonly Routed[]): Promise<void> {
    let lost = await this.publisher.publish(messages);
    if (lost.length === 0) return;
    // Somebody has deleted a queue.
    this.topology.forget(mailbox);
    await this.topology.ensure(mailbox, level);
    lost = await this.publisher.publish(lost);
    if (lost.length === 0) return;
    throw unavailable('broker_unavailable', `the queues of mailbox ${mailbox} vanish while they are used`, { mailbox });
  }

  private route(mailbox: string, { envelope, delayMs }: Mail): [message: Routed, level: number] {
    const band = bandOf(envelope.priority);
    if (delayMs <= 0) return [{ exchange: '', key: this.names.band(mailbox, band), ...writeEnvelope(envelope) }, -1];
    const { level, key } = delayRoute(Math.min(delayMs, LONGEST_DELAY_MS), band);
    const isHop = delayMs > LONGEST_DELAY_MS;
    const written = writeEnvelope(isHop ? { ...envelope, notBefore: Math.ceil(this.clock.now() + delayMs) } : envelope);
    return [{ exchange: this.names.delay(mailbox, level), key, ...written }, level];
  }
}
