import { Cluster, type Redis } from 'ioredis';
import { asQuarryError, type QuarryError } from '#libs/kernel';
import type { RedisClient } from '#libs/redis';
import type { Listener } from '../broker.ts';
import { checkMailbox, checkMessage } from '../check-message.ts';
import { DirectListeners } from '../direct-listeners.ts';

export interface AddressChannelsOptions {
  /** What channels begin with; in a cluster with a hash tag. */
  readonly prefix: string;
  readonly publisher: RedisClient;
  /** Connects what will subscribe. */
  readonly connect: () => Promise<Redis>;
  readonly onError: (error: QuarryError) => void;
}

/**
 * Direct messages over Redis publish/subscribe: a channel for each address, and in one published text all bodies of a
 * `send`, which keeps their order. The answer to a publish is the number of subscribers.
 *
 * In a cluster that number knows the asked node alone; there the sharded kind is used (Redis 7), where publisher and
 * subscriber meet at the node that owns the channel's slot.
 */
export class AddressChannels {
  private readonly options: AddressChannelsOptions;
  private readonly local: DirectListeners;
  /** Made for the first listener. */
  private subscriber: Promise<Subscriber> | undefined;

  constructor(options: AddressChannelsOptions) {
    this.options = options;
    this.local = new DirectListeners(options.onError);
  }

  async send(address: string, bodies: readonly string[]): Promise<boolean> {
    checkMailbox(address);
    for (const body of bodies) checkMessage({ body });
    const { publisher } = this.options;
    const text = JSON.stringify(bodies);
    const channel = this.channel(address);
    const publishing =
      publisher instanceof Cluster ? publisher.spublish(channel, text) : publisher.publish(channel, text);
    return Number(await publishing) > 0;
  }

  async listen(address: string, receive: (body: string) => void): Promise<Listener> {
    const listener = this.local.listen(address, receive);
    const channel = this.channel(address);
    try {
      const subscriber = await this.subscribing();
      await subscriber.subscribe(channel);
      return {
        close: async () => {
          await listener.close();
          // Nobody is told of what still comes; when Redis is away there is nothing to end.
          await subscriber.unsubscribe(channel).catch(() => {});
        },
      };
    } catch (error) {
      await listener.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.local.clear();
    const { subscriber } = this;
    this.subscriber = undefined;
    (await subscriber?.catch(() => undefined))?.close();
  }

  private channel(address: string): string {
    return `${this.options.prefix}${address}`;
  }

  private subscribing(): Promise<Subscriber> {
    this.subscriber ??= this.open().catch((error: unknown) => {
      this.subscriber = undefined;
      throw error;
    });
    return this.subscriber;
  }

  private async open(): Promise<Subscriber> {
    const { publisher, prefix, connect, onError } = this.options;
    const onMessage = (channel: string, text: string): void => {
      if (!channel.startsWith(prefix)) return;
      try {
        this.local.send(channel.slice(prefix.length), parse(text));
      } catch (error) {
        onError(asQuarryError(error));
      }
    };
    if (publisher instanceof Cluster) {
      const cluster = publisher.duplicate([], { shardedSubscribers: true, enableOfflineQueue: true });
      // The publisher's errors are the same ones, and are reported.
      cluster.on('error', () => {});
      cluster.on('smessage', onMessage);
      if (cluster.status === 'wait') await cluster.connect();
      return {
        subscribe: (channel) => cluster.ssubscribe(channel),
        unsubscribe: (channel) => cluster.sunsubscribe(channel),
        close: () => cluster.disconnect(),
      };
    }
    const client = await connect();
    client.on('message', onMessage);
    return {
      subscribe: (channel) => client.subscribe(channel),
      unsubscribe: (channel) => client.unsubscribe(channel),
      close: () => client.disconnect(),
    };
  }
}

interface Subscriber {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  close(): void;
}

/** Anybody may publish to a channel: what is no list of texts is dropped. */
function parse(text: string): string[] {
  try {
    const bodies: unknown = JSON.parse(text);
    return Array.isArray(bodies) && bodies.every((body) => typeof body === 'string') ? bodies : [];
  } catch {
    return [];
  }
}
