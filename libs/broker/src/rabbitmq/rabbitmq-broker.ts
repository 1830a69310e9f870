import type { Channel } from 'amqplib';
import { invalid, QuarryError, type Clock, type Ids, type Random } from '#libs/kernel';
import type {
  Broker,
  ConsumeOptions,
  Consumer,
  DeadLetter,
  Handler,
  Listener,
  MailboxStatus,
  OutgoingMessage,
} from '../broker.ts';
import { checkMailbox, checkMessage } from '../check-message.ts';
import { ConfirmedPublisher } from './confirmed-publisher.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { DirectListener } from './direct-listener.ts';
import { MailboxConsumer } from './mailbox-consumer.ts';
import { MailboxCounts } from './mailbox-counts.ts';
import { MailboxRoll } from './mailbox-roll.ts';
import { Mailer } from './mailer.ts';
import { PooledChannel } from './pooled-channel.ts';
import { QueueNames } from './queue-names.ts';
import { RabbitConnection } from './rabbit-connection.ts';
import { brokerClosed } from './rabbit-errors.ts';
import { Settler } from './settler.ts';
import { Topology } from './topology.ts';

export interface RabbitMqBrokerOptions {
  /** `amqp://user:password@host:5672/vhost` or `amqps://…`. */
  readonly url: string;
  /** Every name on the server begins with it. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  /** What went wrong behind the scenes: a lost connection, a handler that threw, a settlement that is tried again. */
  readonly onError?: (error: QuarryError) => void;
}

/**
 * The Broker on RabbitMQ, 3.10 or newer, without plugins. All messages, transient ones too, are stored by quorum queues
 * before `publish` resolves. Priorities are three bands (queue-names.ts), delays a chain of queues (delay-levels.ts).
 *
 * A handler that takes longer than the server's `consumer_timeout` (30 minutes unless configured) loses its message to
 * others, and so do its neighbours.
 */
export class RabbitMqBroker implements Broker {
  private readonly options: RabbitMqBrokerOptions;
  private readonly names: QueueNames;
  /** A server that runs short of memory stops reading from who publishes: acknowledgements go another way. */
  private readonly publishing: RabbitConnection;
  private readonly consuming: RabbitConnection;
  private readonly questions: PooledChannel<Channel>;
  private readonly publisher: ConfirmedPublisher;
  /** Direct messages neither wait for stored ones nor share their fate. */
  private readonly directPublisher: ConfirmedPublisher;
  private readonly roll: MailboxRoll;
  private readonly topology: Topology;
  private readonly mailer: Mailer;
  private readonly letters: DeadLetterQueue;
  private readonly counts: MailboxCounts;
  private readonly consumers = new Map<MailboxConsumer, string>();
  private readonly listeners = new Set<DirectListener>();
  private readonly onError: (error: QuarryError) => void;
  private closing: Promise<void> | undefined;

  private constructor(options: RabbitMqBrokerOptions, publishing: RabbitConnection, consuming: RabbitConnection) {
    const onError = options.onError ?? (() => {});
    const names = new QueueNames(options.namespace);
    this.options = options;
    this.onError = onError;
    this.names = names;
    this.publishing = publishing;
    this.consuming = consuming;
    this.questions = new PooledChannel(() => consuming.openChannel());
    this.publisher = new ConfirmedPublisher(publishing);
    this.directPublisher = new ConfirmedPublisher(publishing);
    this.roll = new MailboxRoll(consuming, this.publisher, names, onError);
    this.topology = new Topology(consuming, new PooledChannel(() => consuming.openChannel()), names, this.roll);
    this.mailer = new Mailer(this.publisher, this.topology, names, options.clock);
    this.letters = new DeadLetterQueue(consuming, this.questions, names, this.mailer, options.ids);
    this.counts = new MailboxCounts(consuming, this.questions, names, this.roll, this.letters);
  }

  /**
   * Throws, in one clear line without the password, `unavailable` (`broker_unavailable`) or `invalid` (`access_denied`,
   * `bad_url`, `broker_too_old`). Afterwards a lost connection comes back by itself.
   */
  static async open(options: RabbitMqBrokerOptions): Promise<RabbitMqBroker> {
    const { clock, random, onError = () => {} } = options;
    const connect = (name: string): Promise<RabbitConnection> =>
      RabbitConnection.open({ url: options.url, name: `quarry ${options.namespace} ${name}`, clock, random, onError });
    const publishing = await connect('publishing');
    try {
      return new RabbitMqBroker(options, publishing, await connect('consuming'));
    } catch (error) {
      await publishing.close();
      throw error;
    }
  }

  async publish(mailbox: string, messages: readonly OutgoingMessage[]): Promise<void> {
    checkMailbox(mailbox);
    for (const message of messages) checkMessage(message);
    this.mustBeOpen();
    if (messages.length === 0) return;
    const publishedAt = this.options.clock.now();
    const mails = messages.map(({ body, priority = 0, delayMs = 0 }) => ({
      envelope: { id: this.options.ids.next(), body, priority, publishedAt, attempts: 0, retries: 0 },
      delayMs,
    }));
    await this.mailer.post(mailbox, mails);
  }

  async consume(mailbox: string, { concurrency }: ConsumeOptions, handle: Handler): Promise<Consumer> {
    checkMailbox(mailbox);
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw invalid('bad_concurrency', `concurrency ${concurrency} is no positive integer`, { concurrency });
    }
    this.mustBeOpen();
    const consumer = new MailboxConsumer({
      mailbox,
      concurrency,
      handle,
      connection: this.consuming,
      topology: this.topology,
      names: this.names,
      settler: new Settler(mailbox, this.mailer, this.consuming, this.onError),
      onError: this.onError,
      onSeen: (rank, publishedAt) => this.counts.seen(mailbox, rank, publishedAt),
    });
    this.consumers.set(consumer, mailbox);
    try {
      await consumer.start();
    } catch (error) {
      this.consumers.delete(consumer);
      throw error;
    }
    return {
      close: async (graceMs) => {
        await consumer.close(graceMs);
        this.consumers.delete(consumer);
      },
    };
  }

  async send(address: string, bodies: readonly string[]): Promise<boolean> {
    checkMailbox(address);
    for (const body of bodies) checkMessage({ body });
    this.mustBeOpen();
    const key = this.names.direct(address);
    const routed = bodies.map((body) => ({ exchange: '', key, content: Buffer.from(body), properties: {} }));
    return (await this.directPublisher.publish(routed)).length === 0;
  }

  async listen(address: string, receive: (body: string) => void): Promise<Listener> {
    checkMailbox(address);
    this.mustBeOpen();
    const queue = this.names.direct(address);
    const options = { connection: this.consuming, address, queue, receive, onError: this.onError };
    const listener = new DirectListener(options);
    await listener.start();
    this.listeners.add(listener);
    return {
      close: async () => {
        await listener.close();
        this.listeners.delete(listener);
      },
    };
  }

  async mailboxes(): Promise<MailboxStatus[]> {
    this.mustBeOpen();
    return this.counts.all((mailbox) =>
      [...this.consumers].filter(([, its]) => its === mailbox).map(([consumer]) => consumer),
    );
  }

  async deadLetters(mailbox: string, page: { after?: string; limit: number }): Promise<DeadLetter[]> {
    checkMailbox(mailbox);
    this.mustBeOpen();
    return this.letters.list(mailbox, page);
  }

  async replayDeadLetters(mailbox: string, ids: readonly string[]): Promise<number> {
    checkMailbox(mailbox);
    this.mustBeOpen();
    return this.letters.replay(mailbox, ids);
  }

  async discardDeadLetters(mailbox: string, ids: readonly string[]): Promise<number> {
    checkMailbox(mailbox);
    this.mustBeOpen();
    return this.letters.discard(mailbox, ids);
  }

  async ping(): Promise<void> {
    this.mustBeOpen();
    await this.publishing.ready();
    await this.consuming.ready();
    const channel = await this.questions.get();
    // Every virtual host has it.
    await this.consuming.within('a ping', channel.checkExchange('amq.direct'), PING_TIMEOUT_MS);
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    await Promise.all([...this.consumers.keys()].map((consumer) => consumer.close(0)));
    await Promise.all([...this.listeners].map((listener) => listener.close()));
    await this.roll.close();
    await Promise.all([this.publishing.close(), this.consuming.close()]);
  }

  private mustBeOpen(): void {
    if (this.closing) throw brokerClosed();
  }
}

const PING_TIMEOUT_MS = 5000;
