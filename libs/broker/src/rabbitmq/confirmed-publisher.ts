import type { ConfirmChannel, Message, Options } from 'amqplib';
import { QuarryError, unavailable } from '#libs/kernel';
import { PooledChannel } from './pooled-channel.ts';
import { CONNECT_PATIENCE_MS, type RabbitConnection } from './rabbit-connection.ts';
import { translateRabbitError } from './rabbit-errors.ts';

/** A message and where it goes; the default exchange is ''. */
export interface Routed {
  readonly exchange: string;
  readonly key: string;
  readonly content: Buffer;
  readonly properties: Omit<Options.Publish, 'correlationId' | 'mandatory'>;
}

interface Batch {
  /** Monotonic ms. */
  readonly since: number;
  readonly fail: (error: QuarryError) => void;
}

/** A server under its alarm may stay so for hours: its clients are told to come later. */
const BLOCKED_PATIENCE_MS = 2000;
/** A quorum queue without a majority takes messages and confirms none. */
const CONFIRM_PATIENCE_MS = 10_000;
const WATCH_MS = 250;

/**
 * Publishes with confirms, many batches at once on one channel. What fails may have been published all the same: at least
 * once.
 */
export class ConfirmedPublisher {
  private readonly connection: RabbitConnection;
  private readonly channel: PooledChannel<ConfirmChannel>;
  private readonly batches = new Set<Batch>();
  /** Numbers of messages that came back; the server tells before it confirms them. */
  private readonly returned = new Set<string>();
  private lastNumber = 0;
  private isWatching = false;

  constructor(connection: RabbitConnection) {
    this.connection = connection;
    this.channel = new PooledChannel(async () => {
      const channel = await connection.openConfirmChannel();
      channel.on('return', (message: Message) => this.returned.add(String(message.properties.correlationId)));
      channel.once('close', () => this.returned.clear());
      return channel;
    });
  }

  /**
   * Resolves when the server has confirmed all, with those that no queue took: there is none of that name. Messages of one
   * sender to one queue arrive in the order of the calls.
   */
  async publish(messages: readonly Routed[]): Promise<Routed[]> {
    if (messages.length === 0) return [];
    await this.connection.ready(CONNECT_PATIENCE_MS);
    if (!this.connection.unblocked.isOpen && !(await this.connection.unblocked.pass(BLOCKED_PATIENCE_MS))) {
      throw blocked();
    }
    const channel = await this.channel.get();
    const numbers = messages.map(() => String(++this.lastNumber));
    await this.sendAll(channel, messages, numbers);
    return messages.filter((_, at) => this.returned.delete(numbers[at]!));
  }

  private async sendAll(
    channel: ConfirmChannel,
    messages: readonly Routed[],
    numbers: readonly string[],
  ): Promise<void> {
    let batch: Batch | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        batch = { since: this.connection.clock.monotonic(), fail: reject };
        this.batches.add(batch);
        let left = messages.length;
        const confirmed = (error: Error | null): void => {
          if (error) reject(error);
          else if (--left === 0) resolve();
        };
        for (const [at, { exchange, key, content, properties }] of messages.entries()) {
          const options = { ...properties, mandatory: true, correlationId: numbers[at]! };
          channel.publish(exchange, key, content, options, confirmed);
        }
        this.watch();
      });
    } catch (error) {
      for (const number of numbers) this.returned.delete(number);
      throw translateRabbitError(error, `a publish to ${messages[0]!.exchange || messages[0]!.key}`);
    } finally {
      if (batch) this.batches.delete(batch);
    }
  }

  /** Looks after what waits for its confirmation, while there is such. */
  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    this.connection.clock.after(WATCH_MS, () => {
      this.isWatching = false;
      const now = this.connection.clock.monotonic();
      const isBlocked = this.connection.unblocked.shutMs > BLOCKED_PATIENCE_MS;
      for (const { since, fail } of this.batches) {
        if (isBlocked) fail(blocked());
        else if (now - since > CONFIRM_PATIENCE_MS) fail(unconfirmed());
      }
      if (this.batches.size > 0) this.watch();
    });
  }
}

const blocked = (): QuarryError =>
  new QuarryError('overloaded', 'rabbitmq takes no more messages: it is short of memory or disk', {
    code: 'broker_full',
  });

const unconfirmed = (): QuarryError =>
  unavailable('broker_unavailable', `rabbitmq did not confirm a message in ${CONFIRM_PATIENCE_MS} ms`);
