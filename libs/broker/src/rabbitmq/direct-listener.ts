import type { Channel, ConsumeMessage } from 'amqplib';
import { isQuarryError, jitteredBackoffMs, QuarryError } from '#libs/kernel';
import type { Listener } from '../broker.ts';
import { AttachedChannel } from './attached-channel.ts';
import type { RabbitConnection } from './rabbit-connection.ts';

export interface DirectListenerOptions {
  readonly connection: RabbitConnection;
  readonly address: string;
  readonly queue: string;
  readonly receive: (body: string) => void;
  readonly onError: (error: QuarryError) => void;
}

/** The connection of the address's last listener may be dead, and the server does not know yet. */
const TAKEN_PATIENCE_MS = 3000;
const TAKEN_BACKOFF_MS = 200;

/**
 * Receives the direct messages of one address from a queue that lives, in memory, as long as the connection: a message to
 * it comes back to the sender when nobody listens.
 */
export class DirectListener implements Listener {
  private readonly options: DirectListenerOptions;
  private attached: AttachedChannel | undefined;
  private isClosed = false;
  private closing: Promise<void> | undefined;

  constructor(options: DirectListenerOptions) {
    this.options = options;
  }

  /** Throws `conflict` (`address_taken`) when another connection listens there. */
  async start(): Promise<void> {
    const { clock, random } = this.options.connection;
    const deadline = clock.monotonic() + TAKEN_PATIENCE_MS;
    for (;;) {
      this.attached = new AttachedChannel(this.options.connection, {
        setUp: (channel) => this.attach(channel),
        onError: this.options.onError,
      });
      try {
        return await this.attached.start();
      } catch (error) {
        if (!isQuarryError(error) || error.code !== 'resource_locked') throw error;
        if (clock.monotonic() >= deadline) throw this.taken(error);
      }
      await clock.sleep(jitteredBackoffMs(random, 0, TAKEN_BACKOFF_MS, TAKEN_BACKOFF_MS));
    }
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.closing ??= this.attached?.close() ?? Promise.resolve();
    return this.closing;
  }

  private async attach(channel: Channel): Promise<void> {
    const { queue } = this.options;
    // Deleted with its consumer: when the channel is closed, or the connection ends in whatever way.
    await channel.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false });
    await channel.consume(queue, (message) => this.receive(message, channel), { noAck: true });
  }

  private receive(message: ConsumeMessage | null, channel: Channel): void {
    if (this.isClosed) return;
    if (message) this.options.receive(message.content.toString());
    // The queue was deleted.
    else this.attached?.renew(channel);
  }

  private taken(cause: QuarryError): QuarryError {
    const { address } = this.options;
    return new QuarryError('conflict', `another process listens at address ${address}; one listener an address`, {
      code: 'address_taken',
      cause,
      details: { address },
    });
  }
}
