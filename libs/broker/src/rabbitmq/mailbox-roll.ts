import type { Channel, ConsumeMessage } from 'amqplib';
import { asQuarryError, type QuarryError } from '#libs/kernel';
import { AttachedChannel } from './attached-channel.ts';
import type { ConfirmedPublisher } from './confirmed-publisher.ts';
import { rollStream } from './queue-arguments.ts';
import type { QueueNames } from './queue-names.ts';
import type { RabbitConnection } from './rabbit-connection.ts';

/** `level`: the highest level of its delays; -1 when it never had one. */
interface Entry {
  readonly mailbox: string;
  readonly level: number;
}

/** The last entry of a stream comes within some ms. In this time without one the stream is taken to be empty. */
const EMPTY_AFTER_MS = 250;
const PREFETCH = 1000;
const FLUSH_RETRY_MS = 1000;

/**
 * All mailboxes of the namespace: AMQP has no way to list queues. A stream, which all clients read from its beginning and
 * then follow; a client adds what it declares and does not find there. An entry too many does no harm.
 *
 * Rejected: a queue that is read and put back (two readers see half of it each), the management plugin (may be absent).
 */
export class MailboxRoll {
  private readonly names: QueueNames;
  private readonly connection: RabbitConnection;
  private readonly publisher: ConfirmedPublisher;
  private readonly onError: (error: QuarryError) => void;
  private readonly known = new Map<string, number>();
  private readonly written = new Map<string, number>();
  private attached: AttachedChannel | undefined;
  private starting: Promise<void> | undefined;
  private flushing: Promise<void> | undefined;
  private isClosed = false;

  constructor(
    connection: RabbitConnection,
    publisher: ConfirmedPublisher,
    names: QueueNames,
    onError: (error: QuarryError) => void,
  ) {
    this.connection = connection;
    this.publisher = publisher;
    this.names = names;
    this.onError = onError;
  }

  /** Reads the stream; again after a failure. */
  async ready(): Promise<void> {
    this.starting ??= this.start();
    await this.starting;
  }

  /** This client has declared it. */
  note(mailbox: string, level: number): void {
    raise(this.known, { mailbox, level });
    this.flush();
  }

  /** Mailbox → highest level of its delays. */
  async all(): Promise<ReadonlyMap<string, number>> {
    await this.ready();
    return this.known;
  }

  /** Resolves when what was noted is written, or cannot be. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.connection.up.isOpen) await this.flushing;
    await this.attached?.close();
  }

  private async start(): Promise<void> {
    this.attached = new AttachedChannel(this.connection, {
      setUp: (channel) => this.read(channel),
      onError: this.onError,
    });
    try {
      await this.attached.start();
    } catch (error) {
      this.starting = undefined;
      throw error;
    }
  }

  /** Resolves when all that was in the stream is known; goes on following it. */
  private async read(channel: Channel): Promise<void> {
    await channel.assertQueue(this.names.roll(), rollStream);
    await channel.prefetch(PREFETCH);
    // It may be a new one.
    this.written.clear();
    let arrived = (_offset: number): void => {};
    const last = new Promise<number>((resolve) => {
      arrived = resolve;
    });
    await this.follow(channel, 'last', (offset) => arrived(offset));
    const cancel = this.connection.clock.after(EMPTY_AFTER_MS, () => arrived(-1));
    const end = await last;
    cancel();
    if (end >= 0) await this.readUpTo(channel, end);
    this.flush();
  }

  private async readUpTo(channel: Channel, end: number): Promise<void> {
    let complete = (): void => {};
    const all = new Promise<void>((resolve) => {
      complete = resolve;
    });
    await this.follow(channel, 'first', (offset) => {
      if (offset >= end) complete();
    });
    await all;
  }

  private async follow(channel: Channel, from: 'first' | 'last', seen: (offset: number) => void): Promise<void> {
    const onMessage = (message: ConsumeMessage | null): void => {
      // The stream was deleted.
      if (!message) return this.attached?.renew(channel);
      channel.ack(message);
      const entry = readEntry(message);
      if (entry) {
        raise(this.known, entry);
        raise(this.written, entry);
      }
      seen(Number(message.properties.headers?.['x-stream-offset'] ?? 0));
    };
    await channel.consume(this.names.roll(), onMessage, { arguments: { 'x-stream-offset': from } });
  }

  /** Writes what is not in the stream, when all of the stream is known. */
  private flush(): void {
    this.flushing ??= this.write().finally(() => {
      this.flushing = undefined;
    });
  }

  private async write(): Promise<void> {
    for (;;) {
      try {
        await this.ready();
        const missing = [...this.known].filter(([mailbox, level]) => (this.written.get(mailbox) ?? -2) < level);
        if (missing.length === 0) return;
        const entries = missing.map(([mailbox, level]) => ({ mailbox, level }));
        const lost = await this.publisher.publish(
          entries.map((entry) => ({
            exchange: '',
            key: this.names.roll(),
            content: Buffer.from(JSON.stringify(entry)),
            properties: { persistent: true, contentType: 'application/json' },
          })),
        );
        if (lost.length === 0) {
          for (const entry of entries) raise(this.written, entry);
          continue;
        }
      } catch (error) {
        // Whoever declares the mailbox next writes it.
        if (this.isClosed || this.connection.isClosed) return;
        this.onError(asQuarryError(error));
      }
      await this.connection.clock.sleep(FLUSH_RETRY_MS);
    }
  }
}

function raise(levels: Map<string, number>, { mailbox, level }: Entry): void {
  levels.set(mailbox, Math.max(level, levels.get(mailbox) ?? -1));
}

function readEntry(message: ConsumeMessage): Entry | undefined {
  try {
    const entry = JSON.parse(message.content.toString()) as Partial<Entry> | null;
    if (typeof entry?.mailbox === 'string' && Number.isInteger(entry.level)) return entry as Entry;
  } catch {
    // Not ours.
  }
  return undefined;
}
