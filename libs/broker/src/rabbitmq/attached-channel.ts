import type { Channel } from 'amqplib';
import { asQuarryError, jitteredBackoffMs, unavailable, type QuarryError } from '#libs/kernel';
import type { RabbitConnection } from './rabbit-connection.ts';

export interface ChannelUser {
  /** Declares and subscribes what belongs on the channel. The channel may be lost meanwhile. */
  setUp(channel: Channel): Promise<void>;
  readonly onError: (error: QuarryError) => void;
}

const BACKOFF_MIN_MS = 20;
const BACKOFF_MAX_MS = 2000;

/**
 * Keeps somebody supplied with a channel that is set up: after a lost connection, a server that closed the channel, or a
 * queue that was deleted (call `renew`), there is a new one as soon as possible.
 */
export class AttachedChannel {
  private readonly connection: RabbitConnection;
  private readonly user: ChannelUser;
  private channel: Channel | undefined;
  private readonly stop = new AbortController();
  /** The attempts under way; never rejects. */
  private attaching: Promise<void> = Promise.resolve();

  constructor(connection: RabbitConnection, user: ChannelUser) {
    this.connection = connection;
    this.user = user;
  }

  /** Rejects when the first attempt fails; there are no more then. */
  async start(): Promise<void> {
    const first = this.attach();
    this.attaching = first.catch(() => {});
    try {
      await first;
    } catch (error) {
      this.stop.abort();
      throw error;
    }
  }

  /** Drops the channel, which may be one that is being set up, and gets another. */
  renew(channel: Channel): void {
    closeQuietly(channel).catch(() => {});
  }

  async close(): Promise<void> {
    this.stop.abort();
    // What is under way gives its channel back by itself; to wait for a connection would be in vain.
    if (this.connection.up.isOpen) await this.attaching;
    const { channel } = this;
    this.channel = undefined;
    if (channel) await this.connection.within('closing a channel', closeQuietly(channel)).catch(() => {});
  }

  private async attach(): Promise<void> {
    const channel = await this.connection.openChannel();
    let isGone = false;
    channel.once('close', () => {
      isGone = true;
      this.detached(channel);
    });
    try {
      await this.connection.within('setting up a channel', this.user.setUp(channel));
      if (isGone || this.stop.signal.aborted) {
        throw unavailable('broker_unavailable', 'the channel was closed while it was set up');
      }
    } catch (error) {
      if (!isGone) closeQuietly(channel).catch(() => {});
      throw error;
    }
    this.channel = channel;
  }

  private detached(channel: Channel): void {
    if (this.channel !== channel) return;
    this.channel = undefined;
    if (!this.stop.signal.aborted) this.attaching = this.attachAgain();
  }

  private async attachAgain(): Promise<void> {
    const { clock, random, up } = this.connection;
    for (let attempt = 0; !this.isOver(); attempt++) {
      try {
        await this.attach();
        return;
      } catch (error) {
        // The connection itself tells of its outages.
        if (up.isOpen && !this.isOver()) this.user.onError(asQuarryError(error));
      }
      const pauseMs = jitteredBackoffMs(random, attempt, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
      await clock.sleep(pauseMs, this.stop.signal).catch(() => {});
    }
  }

  private isOver(): boolean {
    return this.stop.signal.aborted || this.connection.isClosed;
  }
}

async function closeQuietly(channel: Channel): Promise<void> {
  try {
    await channel.close();
  } catch {
    // It was closed already.
  }
}
