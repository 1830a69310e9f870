import { Cluster, type Redis } from 'ioredis';
import { jitteredBackoffMs, type Clock, type Random } from '#libs/kernel';
import type { RedisClient } from '#libs/redis';
import type { JobListeners } from '../job-listeners.ts';
import { readEndedMessage } from './ended-message.ts';

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1000;
/** A connection that is dead but does not know it shows by an unanswered ping (the client's socketTimeout). */
const PING_MS = 10_000;

export interface ChangeSubscriberOptions {
  /** Of which the subscriber's connection is a copy; in a Cluster, of that to any of its nodes: all hear everything. */
  readonly client: RedisClient;
  readonly listeners: JobListeners;
  /** The channel whose messages are ends of jobs that this process expects. */
  readonly answers: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Hears of changes of jobs that somebody in this process listens to, over one connection of its own.
 *
 *   disconnected → connecting → subscribed → disconnected …   until closed
 *
 * A channel is a bucket's and a message the id of a job: few channels, subscribed when first wanted and kept for ever, so
 * that to watch one job more costs Redis nothing (a channel for each job cost two commands and a round trip of each).
 * The price: every process hears of all jobs of the buckets that it ever watched a job of. What it expects, and nobody else
 * can know of, comes by a channel of its own.
 *
 * Each time it becomes `subscribed` all listeners are called: changes may have been missed. Channels wanted meanwhile are
 * subscribed then. Connecting is tried for ever, with jittered pauses.
 */
export class ChangeSubscriber {
  private connection: Redis | undefined;
  private isSubscribed = false;
  private isClosed = false;
  private failures = 0;
  private cancelTimer: (() => void) | undefined;
  private readonly wanted = new Set<string>();
  /** Channels that Redis was asked for on this connection. */
  private readonly asked = new Map<string, Promise<void>>();

  constructor(private readonly options: ChangeSubscriberOptions) {}

  /** Resolves when the first attempt has ended, well or not. */
  async start(): Promise<void> {
    await this.connect();
  }

  /** Resolves when changes from now on are heard, or when there is no connection: then at the next `subscribed`. */
  async listen(channel: string): Promise<void> {
    this.wanted.add(channel);
    const { connection } = this;
    if (!this.isSubscribed || !connection) return;
    // A channel that cannot be subscribed is tried again with the next connection.
    await (this.asked.get(channel) ?? this.subscribe(connection, [channel])).catch(() => connection.disconnect());
  }

  close(): void {
    this.isClosed = true;
    this.cancelTimer?.();
    this.connection?.disconnect();
    this.connection = undefined;
  }

  private async connect(): Promise<void> {
    if (this.isClosed) return;
    const { listeners, answers } = this.options;
    const connection = this.copyConnection();
    this.connection = connection;
    if (!connection) return this.connectLater();
    // What goes wrong ends the connection, and `end` is what counts.
    connection.on('error', () => undefined);
    connection.once('end', () => this.onEnd(connection));
    connection.on('message', (channel: string, message: string) => {
      if (channel !== answers) return listeners.notify(message);
      const { id, end } = readEndedMessage(message);
      listeners.notify(id, end);
    });
    try {
      await connection.connect();
      // Channels that are wanted during this are subscribed in the next round.
      for (;;) {
        const missing = [...this.wanted].filter((channel) => !this.asked.has(channel));
        if (missing.length === 0) break;
        await this.subscribe(connection, missing);
      }
    } catch {
      return connection.disconnect();
    }
    if (this.connection !== connection) return;
    this.isSubscribed = true;
    this.failures = 0;
    for (const id of listeners.jobs()) listeners.notify(id);
    this.pingLater(connection);
  }

  private subscribe(connection: Redis, channels: readonly string[]): Promise<void> {
    const done = connection.subscribe(...channels).then(() => undefined);
    for (const channel of channels) this.asked.set(channel, done);
    return done;
  }

  private onEnd(connection: Redis): void {
    if (this.connection !== connection || this.isClosed) return;
    this.connection = undefined;
    this.isSubscribed = false;
    this.asked.clear();
    this.cancelTimer?.();
    this.connectLater();
  }

  private connectLater(): void {
    const { clock, random } = this.options;
    const pauseMs = BACKOFF_MIN_MS + jitteredBackoffMs(random, this.failures++, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
    this.cancelTimer = clock.after(pauseMs, () => void this.connect());
  }

  private pingLater(connection: Redis): void {
    this.cancelTimer = this.options.clock.after(PING_MS, () => {
      connection.ping().catch(() => connection.disconnect());
      this.pingLater(connection);
    });
  }

  private copyConnection(): Redis | undefined {
    const { client, random } = this.options;
    const nodes = client instanceof Cluster ? client.nodes() : [client];
    const node = nodes[Math.floor(random.next() * nodes.length)];
    // This class connects again, not the client: it must know when the subscription stands.
    return node?.duplicate({
      lazyConnect: true,
      retryStrategy: () => null,
      sentinelRetryStrategy: () => null,
      enableOfflineQueue: true,
      readOnly: false,
    });
  }
}
