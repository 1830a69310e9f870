import type { Channel } from 'amqplib';
import { kindOf } from '#libs/kernel';
import type { MailboxStatus } from '../broker.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { MailboxConsumer } from './mailbox-consumer.ts';
import type { MailboxRoll } from './mailbox-roll.ts';
import type { PooledChannel } from './pooled-channel.ts';
import { BANDS, type QueueNames } from './queue-names.ts';
import type { RabbitConnection } from './rabbit-connection.ts';
import { NOT_FOUND, replyCodeOf } from './rabbit-errors.ts';

/** What this client has seen of a band. */
interface BandAge {
  /** Monotonic ms: when it was last seen to be empty, or seen for the first time. */
  emptyAt: number;
  /** ms since 1970: of the message that was last delivered to this client; the ones behind it are younger. */
  lastPublishedAt: number;
}

/** Counts by passive declares, the one question about a queue that AMQP knows: some tenths of a ms for each queue. */
export class MailboxCounts {
  private readonly connection: RabbitConnection;
  private readonly questions: PooledChannel<Channel>;
  private readonly names: QueueNames;
  private readonly roll: MailboxRoll;
  private readonly deadLetters: DeadLetterQueue;
  private readonly ages = new Map<string, readonly BandAge[]>();

  constructor(
    connection: RabbitConnection,
    questions: PooledChannel<Channel>,
    names: QueueNames,
    roll: MailboxRoll,
    deadLetters: DeadLetterQueue,
  ) {
    this.connection = connection;
    this.questions = questions;
    this.names = names;
    this.roll = roll;
    this.deadLetters = deadLetters;
  }

  /** A consumer of this client was given a message of the band. */
  seen(mailbox: string, rank: number, publishedAt: number): void {
    const age = this.agesOf(mailbox)[rank];
    if (age) age.lastPublishedAt = publishedAt;
  }

  async all(consumersOf: (mailbox: string) => readonly MailboxConsumer[]): Promise<MailboxStatus[]> {
    await this.connection.ready();
    const statuses: MailboxStatus[] = [];
    const mailboxes = [...(await this.roll.all())].toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (const [mailbox, level] of mailboxes) statuses.push(await this.one(mailbox, level, consumersOf(mailbox)));
    return statuses;
  }

  private async one(mailbox: string, level: number, consumers: readonly MailboxConsumer[]): Promise<MailboxStatus> {
    let ready = 0;
    let oldestReadyMs = 0;
    for (const [rank, band] of BANDS.entries()) {
      const count = await this.count(this.names.band(mailbox, band));
      ready += count;
      oldestReadyMs = Math.max(oldestReadyMs, this.age(mailbox, rank, count));
    }
    let delayed = 0;
    for (let at = 0; at <= level; at++) delayed += await this.count(this.names.delay(mailbox, at));
    const dead = (await this.count(this.names.dead(mailbox))) + this.deadLetters.heldOf(mailbox);
    let inFlight = 0;
    for (const consumer of consumers) {
      ready += consumer.heldCount;
      inFlight += consumer.inFlight;
    }
    return { mailbox, ready, delayed, inFlight, dead, oldestReadyMs };
  }

  private age(mailbox: string, rank: number, count: number): number {
    const age = this.agesOf(mailbox)[rank]!;
    const now = this.connection.clock.monotonic();
    if (count === 0) {
      age.emptyAt = now;
      return 0;
    }
    return Math.ceil(Math.min(now - age.emptyAt, Math.max(0, this.connection.clock.now() - age.lastPublishedAt)));
  }

  private agesOf(mailbox: string): readonly BandAge[] {
    let ages = this.ages.get(mailbox);
    if (!ages) {
      const emptyAt = this.connection.clock.monotonic();
      ages = BANDS.map(() => ({ emptyAt, lastPublishedAt: 0 }));
      this.ages.set(mailbox, ages);
    }
    return ages;
  }

  /** Ready messages of a queue; 0 when it is gone. */
  private async count(queue: string): Promise<number> {
    const channel = await this.questions.get();
    try {
      return (await this.connection.within(`the count of ${queue}`, channel.checkQueue(queue))).messageCount;
    } catch (error) {
      if (kindOf(error) === 'unavailable' && replyCodeOf((error as Error).cause) === NOT_FOUND) return 0;
      throw error;
    }
  }
}
