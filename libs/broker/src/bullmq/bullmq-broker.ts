import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QuarryError } from '#libs/kernel';
import { describeLocation, type RedisClient } from '#libs/redis';
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
import { addJobs } from './add-jobs.ts';
import { AddressChannels } from './address-channels.ts';
import { prefixOf, type BullMqBrokerOptions } from './bullmq-broker-options.ts';
import { BullMqConsumer } from './bullmq-consumer.ts';
import { brokerClosed, brokerError } from './bullmq-error.ts';
import { encodeMessage } from './bullmq-message.ts';
import type { BullQueues } from './bullmq.module.ts';
import { DeadLetterBox } from './dead-letter-box.ts';
import { answersOf } from './pipeline-answers.ts';
import { mailboxStatus, statusCommand } from './mailbox-status.ts';

export interface BullMqBrokerParts {
  /** For commands with a time limit. */
  readonly client: RedisClient;
  /** For workers, whose commands wait for any outage to end. */
  readonly patientClient: RedisClient;
  readonly queues: BullQueues;
  /** Connects what subscribes; not called where `client` is of a cluster. */
  readonly connectListener: () => Promise<Redis>;
}

/**
 * A killed process's deliveries come back after the lock and one interval: 6 to 8 s. Renewed three times in its life, a lock
 * outlasts an event loop that is held up for four seconds; work yields every few milliseconds.
 */
const LOCK_DURATION_MS = 6_000;
const STALLED_INTERVAL_MS = 2_000;

/**
 * The Broker on bullmq's queues in a Redis, for any number of machines. As durable as that Redis: with `appendfsync always`
 * a publish that resolved survives power loss, with `everysec` the last second may not. A delivery whose process dies comes
 * back when its lock has run out and somebody looks, 10 to 20 s later by default.
 */
export class BullMqBroker implements Broker {
  private readonly options: BullMqBrokerOptions;
  private readonly client: RedisClient;
  private readonly patientClient: RedisClient;
  private readonly queues: BullQueues;
  private readonly prefix: string;
  /** Where it is, for messages. */
  private readonly at: string;
  private readonly onError: (error: QuarryError) => void;
  private readonly channels: AddressChannels;
  private readonly consumers = new Set<BullMqConsumer>();
  /** Seen by this client; those of `inRegistry` are in Redis too. */
  private readonly known = new Set<string>();
  private readonly inRegistry = new Set<string>();
  private readonly jobIdBase: string;
  private jobs = 0;
  private closing: Promise<void> | undefined;

  /** To be opened by `openBullMqBroker`. The clients become its own. */
  constructor(options: BullMqBrokerOptions, parts: BullMqBrokerParts) {
    this.options = options;
    this.client = parts.client;
    this.patientClient = parts.patientClient;
    this.queues = parts.queues;
    this.prefix = prefixOf(options);
    this.at = describeLocation(options.location);
    this.jobIdBase = options.ids.next();
    this.onError = options.onError ?? (() => {});
    this.channels = new AddressChannels({
      prefix: `${this.prefix}:address:`,
      publisher: this.client,
      connect: parts.connectListener,
      onError: this.onError,
    });
    // It may have come back without its data.
    this.client.on('ready', () => this.inRegistry.clear());
  }

  /** bullmq's own queues, for its dashboard. */
  rawQueues(): readonly Queue[] {
    return this.queues.all();
  }

  async publish(mailbox: string, messages: readonly OutgoingMessage[]): Promise<void> {
    checkMailbox(mailbox);
    for (const message of messages) checkMessage(message);
    await this.attempt(async () => {
      if (messages.length === 0) return;
      await this.enter(mailbox);
      const queue = await this.queues.get(mailbox);
      const now = this.options.clock.now();
      const jobs = messages.map((message) => encodeMessage(message, this.nextJobId(), now));
      await addJobs(queue, this.prefix, jobs);
    });
  }

  async consume(mailbox: string, options: ConsumeOptions, handle: Handler): Promise<Consumer> {
    checkMailbox(mailbox);
    return this.attempt(async () => {
      await this.enter(mailbox);
      const { clock, ids, lockDurationMs, stalledIntervalMs } = this.options;
      const consumer = await BullMqConsumer.open({
        mailbox,
        concurrency: options.concurrency,
        handle,
        client: this.patientClient,
        prefix: this.prefix,
        lockDurationMs: lockDurationMs ?? LOCK_DURATION_MS,
        stalledIntervalMs: stalledIntervalMs ?? STALLED_INTERVAL_MS,
        clock,
        ids,
        onError: this.onError,
        translate: (error) => brokerError(error, this.at),
      });
      this.consumers.add(consumer);
      if (this.closing) await this.endConsumer(consumer, 0);
      return { close: (graceMs) => this.endConsumer(consumer, graceMs) };
    });
  }

  send(address: string, bodies: readonly string[]): Promise<boolean> {
    return this.attempt(() => this.channels.send(address, bodies));
  }

  listen(address: string, receive: (body: string) => void): Promise<Listener> {
    return this.attempt(() => this.channels.listen(address, receive));
  }

  mailboxes(): Promise<MailboxStatus[]> {
    return this.attempt(async () => {
      const now = this.options.clock.now();
      let names: string[] = [];
      let answers: unknown[] = [];
      // One round trip, and a second one when others have used a new mailbox since the last call.
      do {
        names = [...this.known].toSorted();
        const queues = await Promise.all(names.map((name) => this.queues.get(name)));
        const pipeline = this.client.pipeline().smembers(this.registryKey());
        for (const queue of queues) pipeline.eval(...statusCommand(queue, now));
        answers = await answersOf<unknown>(pipeline);
        for (const name of answers[0] as string[]) this.known.add(name);
      } while (this.known.size > names.length);
      return names.map((name, index) => mailboxStatus(name, answers[index + 1]));
    });
  }

  async deadLetters(mailbox: string, page: { after?: string; limit: number }): Promise<DeadLetter[]> {
    checkMailbox(mailbox);
    return this.attempt(async () => (await this.letters(mailbox)).list(page));
  }

  async replayDeadLetters(mailbox: string, ids: readonly string[]): Promise<number> {
    checkMailbox(mailbox);
    return this.attempt(async () => (await this.letters(mailbox)).replay(ids));
  }

  async discardDeadLetters(mailbox: string, ids: readonly string[]): Promise<number> {
    checkMailbox(mailbox);
    return this.attempt(async () => (await this.letters(mailbox)).discard(ids));
  }

  async ping(): Promise<void> {
    await this.attempt(() => this.client.ping());
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => this.endConsumer(consumer, 0)));
    await this.channels.close();
    await this.queues.close();
    this.client.disconnect();
    this.patientClient.disconnect();
  }

  private async endConsumer(consumer: BullMqConsumer, graceMs: number): Promise<void> {
    await consumer.close(graceMs);
    this.consumers.delete(consumer);
  }

  private async letters(mailbox: string): Promise<DeadLetterBox> {
    return new DeadLetterBox(await this.queues.get(mailbox), this.client, this.options.clock);
  }

  /** Enters the mailbox in the registry that all clients share. */
  private async enter(mailbox: string): Promise<void> {
    if (this.inRegistry.has(mailbox)) return;
    await this.client.sadd(this.registryKey(), mailbox);
    this.inRegistry.add(mailbox);
    this.known.add(mailbox);
  }

  /** Ours, not the server's: a command that is sent again after a lost connection finds the job there. In order. */
  private nextJobId(): string {
    return `${this.jobIdBase}-${String(++this.jobs).padStart(10, '0')}`;
  }

  private registryKey(): string {
    return `${this.prefix}:mailboxes`;
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing) throw brokerClosed(this.at);
    try {
      return await work();
    } catch (error) {
      throw this.closing ? brokerClosed(this.at) : brokerError(error, this.at);
    }
  }
}
