import type { Channel, ConsumeMessage } from 'amqplib';
import { jitteredBackoffMs, unavailable, type Ids } from '#libs/kernel';
import type { DeadLetter } from '../broker.ts';
import { readLetter } from './dead-letter-envelope.ts';
import type { Mailer } from './mailer.ts';
import type { PooledChannel } from './pooled-channel.ts';
import type { QueueNames } from './queue-names.ts';
import type { RabbitConnection } from './rabbit-connection.ts';
import { ACCESS_REFUSED, NOT_FOUND, replyCodeOf, translateRabbitError } from './rabbit-errors.ts';

type Letter = ReturnType<typeof readLetter>;

/** Deliveries follow each other within a ms; after this there are no more. */
const SILENCE_MS = 150;
const MAX_PREFETCH = 65_535;
/** Another process browses a thousand letters in some tens of ms. */
const BUSY_PATIENCE_MS = 10_000;
const BUSY_BACKOFF_MIN_MS = 10;
const BUSY_BACKOFF_MAX_MS = 300;
/** Messages that were put back are counted again a moment later. */
const COUNTED_WITHIN_MS = 200;
const COUNTED_LOOK_MS = 5;

/**
 * A queue is no list: to look at dead letters all of them are taken as an exclusive consumer, and put back. Meanwhile the
 * counts of other clients miss them, and others who browse wait. Only what is asked for is kept in memory.
 */
export class DeadLetterQueue {
  private readonly connection: RabbitConnection;
  private readonly questions: PooledChannel<Channel>;
  private readonly names: QueueNames;
  private readonly mailer: Mailer;
  private readonly ids: Ids;
  /** One visit of a mailbox at a time. */
  private readonly visits = new Map<string, Promise<unknown>>();
  private readonly inHand = new Map<string, number>();

  constructor(
    connection: RabbitConnection,
    questions: PooledChannel<Channel>,
    names: QueueNames,
    mailer: Mailer,
    ids: Ids,
  ) {
    this.connection = connection;
    this.questions = questions;
    this.names = names;
    this.mailer = mailer;
    this.ids = ids;
  }

  /** Letters that this client has taken to look at them, and that the server does not count as ready. */
  heldOf(mailbox: string): number {
    return this.inHand.get(mailbox) ?? 0;
  }

  async list(mailbox: string, { after = '', limit }: { after?: string; limit: number }): Promise<DeadLetter[]> {
    const page: Letter[] = [];
    await this.visit(mailbox, (letter) => {
      if (letter.id <= after) return false;
      const place = page.findLastIndex((other) => other.id <= letter.id) + 1;
      if (place < limit) page.splice(place, 0, letter);
      if (page.length > limit) page.pop();
      return false;
    });
    return page.map(({ id, body, reason, attempts, publishedAt, diedAt }) => ({
      id,
      body,
      reason,
      attempts,
      publishedAt,
      diedAt,
    }));
  }

  async replay(mailbox: string, ids: readonly string[]): Promise<number> {
    const wanted = new Set(ids);
    return this.visit(
      mailbox,
      ({ id }) => wanted.delete(id),
      async (letters) => {
        const mails = letters.map(({ body, priority }) => ({
          envelope: {
            id: this.ids.next(),
            body,
            priority,
            publishedAt: this.connection.clock.now(),
            attempts: 0,
            retries: 0,
          },
          delayMs: 0,
        }));
        await this.mailer.post(mailbox, mails);
      },
    );
  }

  async discard(mailbox: string, ids: readonly string[]): Promise<number> {
    const wanted = new Set(ids);
    return this.visit(mailbox, ({ id }) => wanted.delete(id));
  }

  /**
   * Shows every letter to `take`; those that it wants are removed once `use` is done with them. Resolves with their number.
   */
  private async visit(
    mailbox: string,
    take: (letter: Letter) => boolean,
    use: (letters: readonly Letter[]) => Promise<void> = async () => {},
  ): Promise<number> {
    const before = this.visits.get(mailbox);
    const visit = (async () => {
      await before?.catch(() => {});
      return this.visitAlone(mailbox, take, use);
    })();
    this.visits.set(mailbox, visit);
    try {
      return await visit;
    } finally {
      if (this.visits.get(mailbox) === visit) this.visits.delete(mailbox);
    }
  }

  private async visitAlone(
    mailbox: string,
    take: (letter: Letter) => boolean,
    use: (letters: readonly Letter[]) => Promise<void>,
  ): Promise<number> {
    const opened = await this.openAlone(mailbox);
    if (!opened) return 0;
    const { channel, arrivals, expected } = opened;
    try {
      const taken: { letter: Letter; message: ConsumeMessage }[] = [];
      let left = 0;
      const limit = expected || Number.POSITIVE_INFINITY;
      for (let count = 0; count < limit; count++) {
        const message = await arrivals.next(SILENCE_MS);
        if (!message) break;
        this.inHand.set(mailbox, count + 1);
        const letter = readLetter(message);
        if (take(letter)) taken.push({ letter, message });
        else left++;
      }
      if (taken.length > 0) await use(taken.map(({ letter }) => letter));
      for (const { message } of taken) channel.ack(message);
      await this.putBack(mailbox, channel, left);
      return taken.length;
    } finally {
      this.inHand.delete(mailbox);
      // What is not acknowledged goes back with the channel.
      channel.close().catch(() => {});
    }
  }

  /** The only consumer of the dead queue; undefined when nothing is in it. */
  private async openAlone(mailbox: string): Promise<Opened | undefined> {
    const { clock, random } = this.connection;
    const deadline = clock.monotonic() + BUSY_PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      const channel = await this.connection.openChannel();
      try {
        const queue = this.names.dead(mailbox);
        const { messageCount, consumerCount } = await channel.checkQueue(queue);
        if (messageCount === 0 && consumerCount === 0) {
          await channel.close();
          return undefined;
        }
        const arrivals = new Arrivals(this.connection);
        await channel.prefetch(MAX_PREFETCH);
        await channel.consume(queue, arrivals.add, { exclusive: true });
        return { channel, arrivals, expected: messageCount };
      } catch (error) {
        channel.close().catch(() => {});
        const code = replyCodeOf(error);
        if (code === NOT_FOUND) return undefined;
        const isBusy = code === ACCESS_REFUSED && /exclusive/.test(String(error));
        if (!isBusy) throw translateRabbitError(error, `reading the dead letters of ${mailbox}`);
        if (clock.monotonic() >= deadline) {
          throw unavailable('dead_letters_busy', `the dead letters of ${mailbox} are being read by others; try again`);
        }
      }
      await clock.sleep(jitteredBackoffMs(random, attempt, BUSY_BACKOFF_MIN_MS, BUSY_BACKOFF_MAX_MS));
    }
  }

  /** Puts back what was not taken, and waits until the server counts it again. */
  private async putBack(mailbox: string, channel: Channel, count: number): Promise<void> {
    const { clock } = this.connection;
    channel.nackAll(true);
    await this.connection.within('closing a channel', channel.close());
    const deadline = clock.monotonic() + COUNTED_WITHIN_MS;
    while (clock.monotonic() < deadline) {
      const questions = await this.questions.get();
      const { messageCount } = await questions.checkQueue(this.names.dead(mailbox));
      if (messageCount >= count) return;
      await clock.sleep(COUNTED_LOOK_MS);
    }
  }
}

interface Opened {
  readonly channel: Channel;
  readonly arrivals: Arrivals;
  /** How many letters there were; 0 when another was looking at them. */
  readonly expected: number;
}

/** Deliveries, to be awaited one by one. */
class Arrivals {
  private readonly connection: RabbitConnection;
  private readonly queue: (ConsumeMessage | null)[] = [];
  private wake: (() => void) | undefined;

  constructor(connection: RabbitConnection) {
    this.connection = connection;
  }

  readonly add = (message: ConsumeMessage | null): void => {
    this.queue.push(message);
    this.wake?.();
  };

  /** The next one; null or undefined when there is none for so long, or the queue is gone. */
  async next(silenceMs: number): Promise<ConsumeMessage | null | undefined> {
    if (this.queue.length === 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.connection.clock.after(silenceMs, resolve);
        this.wake = () => {
          cancel();
          resolve();
        };
      });
      this.wake = undefined;
    }
    return this.queue.shift();
  }
}
