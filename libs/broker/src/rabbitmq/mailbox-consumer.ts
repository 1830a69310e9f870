import type { Channel, ConsumeMessage, Message } from 'amqplib';
import { asQuarryError, yieldToEventLoop, type QuarryError } from '#libs/kernel';
import type { Consumer, Handler, Settlement } from '../broker.ts';
import { AttachedChannel } from './attached-channel.ts';
import { readAnyEnvelope } from './dead-letter-envelope.ts';
import { HandlerSlots } from './handler-slots.ts';
import { HeldMessages } from './held-messages.ts';
import { readInbound, type Inbound } from './inbound-message.ts';
import { BANDS, type QueueNames } from './queue-names.ts';
import type { RabbitConnection } from './rabbit-connection.ts';
import { giveBack, type Settler } from './settler.ts';
import type { Topology } from './topology.ts';

export interface MailboxConsumerOptions {
  readonly mailbox: string;
  readonly concurrency: number;
  readonly handle: Handler;
  readonly connection: RabbitConnection;
  readonly topology: Topology;
  readonly names: QueueNames;
  readonly settler: Settler;
  readonly onError: (error: QuarryError) => void;
  /** Told of every message that comes from a band, by the band's place in BANDS. */
  readonly onSeen: (rank: number, publishedAt: number) => void;
}

/** So many slots free at once while pulling, as a part of all: the handlers are short after all. */
const PULL_TOO_SLOW = 1 / 4;
/** While pulling, a band that was empty is asked again after this; it bounds how long a higher band can be overlooked. */
const EMPTY_BAND_MS = 20;
const HAND_BACK_RETRY_MS = 1000;
/** basic.qos has 16 bits. */
const MAX_PREFETCH = 65_535;

/**
 * Runs a handler over the messages of a mailbox's three bands. What the server has sent and no slot is free for is held,
 * in the order of preference.
 *
 * - subscribed: the server pushes, up to `prefetch` of every band. Left when more is held than was begun in 100 ms: the
 *   handlers are long, and held messages would be hoarded.
 * - pausing: subscriptions are cancelled, held messages put back for others. Slots that become free still take from the
 *   held.
 * - pulling: holds nothing (but late deliveries, and what could not be put back). A free slot takes the best message there
 *   is by basic.get, which costs a round trip for each band. When there is none, or slots become free faster than that
 *   (measured: 300 to 1000 a second): subscribed.
 * - detached: no channel. Handlers of the lost one have their signals aborted and keep their slots until they end; what they
 *   answer is ignored, for the server has given their messages to others. Nothing is held. A new channel: subscribed.
 * - closing: takes no more, holds nothing; waits for handlers within the grace.
 * - closed: what still ran was given back and its signal aborted.
 */
export class MailboxConsumer implements Consumer {
  private readonly options: MailboxConsumerOptions;
  private readonly attached: AttachedChannel;
  private state: 'subscribed' | 'pausing' | 'pulling' | 'detached' | 'closing' | 'closed' = 'detached';
  private channel: Channel | undefined;
  private readonly held: HeldMessages;
  private readonly slots: HandlerSlots;
  private readonly emptyUntil: number[] = BANDS.map(() => 0);
  /** Consumer tags; empty unless subscribed. */
  private tags: string[] = [];
  private hasBegun = false;
  private isPulling = false;
  private pausing: Promise<void> = Promise.resolve();
  private pulling: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;

  constructor(options: MailboxConsumerOptions) {
    this.options = options;
    this.held = new HeldMessages(options.connection.clock);
    this.slots = new HandlerSlots({
      concurrency: options.concurrency,
      handle: options.handle,
      clock: options.connection.clock,
      onError: options.onError,
      answered: (inbound, settlement) => this.answered(inbound, settlement),
    });
    this.attached = new AttachedChannel(options.connection, {
      setUp: (channel) => this.attach(channel),
      onError: options.onError,
    });
  }

  /** Resolves when it is subscribed; the first handlers begin after that. */
  async start(): Promise<void> {
    await this.attached.start();
    void yieldToEventLoop().then(() => {
      this.hasBegun = true;
      if (this.state === 'subscribed') this.fill();
    });
  }

  /** Messages in handlers, and answered ones that are not settled yet. */
  get inFlight(): number {
    return this.slots.runningFrom(this.channel) + this.options.settler.pending;
  }

  /** Messages that are ready, but that the server no longer counts as such. */
  get heldCount(): number {
    return this.held.count;
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.shutDown(graceMs);
    return this.closing;
  }

  private async attach(channel: Channel): Promise<void> {
    this.channel = channel;
    // Before amqplib's own listener, which throws at messages that arrive after their subscription was cancelled.
    channel.prependListener('delivery', (message: ConsumeMessage) => this.receive(message, channel));
    channel.once('close', () => this.detach(channel));
    const { topology, mailbox } = this.options;
    try {
      await topology.ensure(mailbox);
      await this.subscribe(channel);
    } catch (error) {
      // If a queue was deleted, the next attempt makes it again.
      topology.forget(mailbox);
      throw error;
    }
  }

  private detach(channel: Channel): void {
    if (this.channel !== channel) return;
    this.channel = undefined;
    this.tags = [];
    this.held.takeAll();
    if (this.state !== 'closing' && this.state !== 'closed') this.state = 'detached';
    this.slots.loseAll();
  }

  /** Nothing begins before all bands are subscribed: the best message may be in the last answer. */
  private async subscribe(channel: Channel): Promise<void> {
    const { names, mailbox, topology } = this.options;
    const gone = (message: ConsumeMessage | null): void => {
      if (message) return;
      // The server cancelled: the queue was deleted.
      topology.forget(mailbox);
      this.attached.renew(channel);
    };
    const tags: string[] = [];
    for (const [rank, band] of BANDS.entries()) {
      await channel.prefetch(this.prefetch(rank));
      tags.push((await channel.consume(names.band(mailbox, band), gone)).consumerTag);
    }
    if (this.channel !== channel) return;
    this.tags = tags;
    // close() has begun meanwhile, and waits to cancel them.
    if (this.state === 'closing' || this.state === 'closed') return;
    this.state = 'subscribed';
    this.fill();
  }

  /** A little more than there are slots for, so that a lower band is not taken while the next of a higher one is on its way. */
  private prefetch(rank: number): number {
    const { concurrency } = this.options;
    const ahead = rank === BANDS.length - 1 ? 0 : Math.ceil(concurrency / 4);
    return Math.min(MAX_PREFETCH, concurrency + ahead);
  }

  private receive(message: Message, channel: Channel): void {
    const inbound = this.read(message, channel);
    if (!inbound || this.channel !== channel) return;
    if (this.state === 'closed') return giveBack(inbound);
    this.held.add(inbound);
    if (this.state === 'subscribed') this.fill();
    // It was on its way when the subscription ended.
    else if (this.state === 'pulling') this.pause();
  }

  /** Puts aside what is not for a handler. */
  private read(message: Message, channel: Channel): Inbound | undefined {
    const { clock } = this.options.connection;
    const isLost = (): boolean => this.channel !== channel;
    const inbound = readInbound(message, channel, clock.monotonic());
    if (typeof inbound === 'string') {
      const reason = `no message of this program: ${inbound}`;
      this.options.settler.bury({ message, channel }, readAnyEnvelope(message), reason, isLost);
      return undefined;
    }
    const { notBefore, publishedAt } = inbound.envelope;
    const leftMs = notBefore === undefined ? 0 : notBefore - clock.now();
    if (leftMs > 0) {
      this.options.settler.postpone(inbound, leftMs, isLost);
      return undefined;
    }
    this.options.onSeen(inbound.rank, publishedAt);
    return inbound;
  }

  /** Gives held messages to free slots. */
  private fill(): void {
    if (!this.hasBegun) return;
    while (this.slots.free > 0) {
      const best = this.held.takeBest();
      if (!best) break;
      this.slots.begin(best);
    }
    if (this.state !== 'subscribed') return;
    this.held.watch(() => {
      if (this.state === 'subscribed') this.pause();
    });
  }

  private pause(): void {
    this.state = 'pausing';
    this.pausing = this.putBack().catch((error: unknown) => {
      if (this.channel) this.options.onError(asQuarryError(error));
    });
  }

  private async putBack(): Promise<void> {
    const { channel } = this;
    if (!channel) return;
    await this.cancel(channel);
    const back = this.held.takeAll();
    try {
      if (back.length > 0) await this.options.settler.handBack(back);
    } catch (error) {
      // They are still ours to handle.
      if (this.channel === channel) {
        for (const inbound of back) this.held.add(inbound);
        this.options.connection.clock.after(HAND_BACK_RETRY_MS, () => {
          if (this.state === 'pulling' && this.held.count > 0) this.pause();
        });
      }
      throw error;
    } finally {
      if (this.channel === channel && this.state === 'pausing') {
        this.state = 'pulling';
        this.pull();
      }
    }
  }

  private async cancel(channel: Channel): Promise<void> {
    for (const tag of this.tags.splice(0)) {
      await this.options.connection.within('ending a subscription', channel.cancel(tag));
    }
  }

  private pull(): void {
    const { channel } = this;
    if (this.isPulling || !channel) return;
    this.pulling = this.pullWhileFree(channel).catch((error: unknown) => {
      if (this.channel !== channel) return;
      this.options.onError(asQuarryError(error));
      // A channel that does not answer, or a queue that is gone.
      this.attached.renew(channel);
    });
  }

  private async pullWhileFree(channel: Channel): Promise<void> {
    this.isPulling = true;
    try {
      while (this.state === 'pulling' && this.channel === channel) {
        this.fill();
        // Whoever frees a slot from here on finds `isPulling` false.
        const { free } = this.slots;
        if (free === 0) return;
        if (free > 1 && free >= this.options.concurrency * PULL_TOO_SLOW) return await this.subscribe(channel);
        const message = await this.next(channel);
        if (this.channel !== channel) return;
        const inbound = message && this.read(message, channel);
        if (inbound) this.held.add(inbound);
        // What was fetched while the consumer was told to close is put back with the held.
        else if (!message && this.state === 'pulling') return await this.subscribe(channel);
      }
    } finally {
      this.isPulling = false;
    }
  }

  private async next(channel: Channel): Promise<Message | undefined> {
    const { connection, names, mailbox } = this.options;
    for (const [rank, band] of BANDS.entries()) {
      if (connection.clock.monotonic() < this.emptyUntil[rank]!) continue;
      const message = await connection.within('fetching a message', channel.get(names.band(mailbox, band)));
      if (message) return message;
      this.emptyUntil[rank] = connection.clock.monotonic() + EMPTY_BAND_MS;
    }
    return undefined;
  }

  private answered(inbound: Inbound, settlement: Settlement): void {
    const isLost = (): boolean => this.channel !== inbound.channel;
    if (!isLost()) this.options.settler.settle(inbound, settlement, isLost);
    if (this.state === 'subscribed' || this.state === 'pausing') this.fill();
    else if (this.state === 'pulling') this.pull();
  }

  private async shutDown(graceMs: number): Promise<void> {
    this.state = 'closing';
    await this.release();
    await this.slots.ended(graceMs);
    this.state = 'closed';
    for (const inbound of this.slots.abandonAll()) if (inbound.channel === this.channel) giveBack(inbound);
    await this.options.settler.close();
    // What arrived after the subscriptions were ended.
    if (this.held.count > 0) await this.release();
    await this.attached.close();
    this.channel = undefined;
  }

  /** Ends the subscriptions and puts back what is held. What fails here the server does by itself when the channel ends. */
  private async release(): Promise<void> {
    await Promise.all([this.pausing, this.pulling]);
    const { channel } = this;
    if (!channel) return;
    try {
      await this.cancel(channel);
      const back = this.held.takeAll();
      if (back.length > 0) await this.options.settler.handBack(back);
    } catch (error) {
      this.options.onError(asQuarryError(error));
    }
  }
}
