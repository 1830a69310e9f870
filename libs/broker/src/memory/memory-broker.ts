import { QuarryError, type Clock } from '#libs/kernel';
import type {
  Broker,
  ConsumeOptions,
  Consumer,
  DeadLetter,
  Handler,
  Listener,
  MailboxStatus,
  OutgoingMessage,
  Settlement,
} from '../broker.ts';
import { checkMailbox, checkMessage } from '../check-message.ts';
import { ClaimingConsumer, type Claimed } from '../claiming-consumer.ts';
import { DirectListeners } from '../direct-listeners.ts';

export interface MemoryBrokerOptions {
  readonly clock: Clock;
  /** What went wrong behind the scenes: a handler or a receiver that threw. */
  readonly onError?: (error: QuarryError) => void;
}

interface Message {
  readonly id: number;
  readonly body: string;
  readonly priority: number;
  readonly publishedAt: number;
  attempt: number;
  retries: number;
  turn: number;
}

interface ClaimedMessage extends Claimed {
  readonly message: Message;
}

interface Mailbox {
  /** By priority, then turn. */
  ready: Message[];
  readonly delayed: Map<Message, () => void>;
  readonly inFlight: Map<Message, ClaimedMessage>;
  dead: { readonly letter: DeadLetter; readonly priority: number }[];
  readonly consumers: Set<ClaimingConsumer<ClaimedMessage>>;
}

/**
 * The Broker in this process's memory, for tests and simulations: deterministic, moved on by the injected clock alone.
 * Forgets everything with the process, so nobody's claims ever need to be taken over.
 */
export class MemoryBroker implements Broker {
  private readonly clock: Clock;
  private readonly onError: (error: QuarryError) => void;
  private readonly boxes = new Map<string, Mailbox>();
  private readonly direct: DirectListeners;
  private lastNumber = 0;
  private closed = false;

  constructor(options: MemoryBrokerOptions) {
    this.clock = options.clock;
    this.onError = options.onError ?? (() => {});
    this.direct = new DirectListeners(this.onError);
  }

  async publish(mailbox: string, messages: readonly OutgoingMessage[]): Promise<void> {
    checkMailbox(mailbox);
    for (const message of messages) checkMessage(message);
    this.mustBeOpen();
    if (messages.length > 0) this.enqueue(this.box(mailbox), messages);
  }

  async consume(mailbox: string, options: ConsumeOptions, handle: Handler): Promise<Consumer> {
    checkMailbox(mailbox);
    this.mustBeOpen();
    const box = this.box(mailbox);
    const consumer = new ClaimingConsumer<ClaimedMessage>({
      concurrency: options.concurrency,
      handle,
      clock: this.clock,
      onError: this.onError,
      claims: {
        claim: async (limit) => this.claim(box, limit),
        settle: async (claimed, settlement) => this.settle(box, claimed, settlement),
        handBack: async (claimed, delivered) => this.handBack(box, claimed, delivered),
      },
    });
    box.consumers.add(consumer);
    consumer.wake();
    return {
      close: async (graceMs) => {
        await consumer.close(graceMs);
        box.consumers.delete(consumer);
      },
    };
  }

  async send(address: string, bodies: readonly string[]): Promise<boolean> {
    this.mustBeOpen();
    return this.direct.send(address, bodies);
  }

  async listen(address: string, receive: (body: string) => void): Promise<Listener> {
    this.mustBeOpen();
    return this.direct.listen(address, receive);
  }

  async mailboxes(): Promise<MailboxStatus[]> {
    this.mustBeOpen();
    const now = this.clock.now();
    return [...this.boxes]
      .map(([mailbox, box]) => ({
        mailbox,
        ready: box.ready.length,
        delayed: box.delayed.size,
        inFlight: box.inFlight.size,
        dead: box.dead.length,
        oldestReadyMs: box.ready.reduce((oldest, { publishedAt }) => Math.max(oldest, now - publishedAt), 0),
      }))
      .toSorted((a, b) => (a.mailbox < b.mailbox ? -1 : 1));
  }

  async deadLetters(mailbox: string, page: { after?: string; limit: number }): Promise<DeadLetter[]> {
    checkMailbox(mailbox);
    this.mustBeOpen();
    const after = Number(page.after ?? 0);
    return (this.boxes.get(mailbox)?.dead ?? [])
      .map(({ letter }) => letter)
      .filter(({ id }) => Number(id) > after)
      .slice(0, page.limit);
  }

  async replayDeadLetters(mailbox: string, ids: readonly string[]): Promise<number> {
    const letters = this.takeDeadLetters(mailbox, ids);
    if (letters.length > 0) this.enqueue(this.box(mailbox), letters);
    return letters.length;
  }

  async discardDeadLetters(mailbox: string, ids: readonly string[]): Promise<number> {
    return this.takeDeadLetters(mailbox, ids).length;
  }

  async ping(): Promise<void> {
    this.mustBeOpen();
  }

  async close(): Promise<void> {
    this.direct.clear();
    const boxes = [...this.boxes.values()];
    await Promise.all(boxes.flatMap((box) => [...box.consumers].map((consumer) => consumer.close(0))));
    for (const box of boxes) {
      box.consumers.clear();
      for (const cancel of box.delayed.values()) cancel();
    }
    this.closed = true;
  }

  private box(mailbox: string): Mailbox {
    let box = this.boxes.get(mailbox);
    if (!box) {
      box = { ready: [], delayed: new Map(), inFlight: new Map(), dead: [], consumers: new Set() };
      this.boxes.set(mailbox, box);
    }
    return box;
  }

  private enqueue(box: Mailbox, messages: readonly OutgoingMessage[]): void {
    for (const { body, priority = 0, delayMs = 0 } of messages) {
      const id = ++this.lastNumber;
      this.offer(box, { id, body, priority, publishedAt: this.clock.now(), attempt: 0, retries: 0, turn: id }, delayMs);
    }
  }

  private offer(box: Mailbox, message: Message, delayMs: number): void {
    if (delayMs > 0) {
      const cancel = this.clock.after(Math.ceil(delayMs), () => {
        box.delayed.delete(message);
        this.offer(box, message, 0);
      });
      box.delayed.set(message, cancel);
      return;
    }
    const place = box.ready.findLastIndex((other) => precedes(other, message)) + 1;
    box.ready.splice(place, 0, message);
    for (const consumer of box.consumers) consumer.wake();
  }

  private claim(box: Mailbox, limit: number): ClaimedMessage[] {
    return box.ready.splice(0, limit).map((message) => {
      message.attempt++;
      const { body, attempt, retries, publishedAt } = message;
      const claimed = { id: String(message.id), body, attempt, retries, publishedAt, message };
      box.inFlight.set(message, claimed);
      return claimed;
    });
  }

  private settle(box: Mailbox, claimed: ClaimedMessage, settlement: Settlement): void {
    const { message } = claimed;
    if (box.inFlight.get(message) !== claimed) return;
    box.inFlight.delete(message);
    if (settlement === 'ack') return;
    if ('retryAfterMs' in settlement) {
      message.retries++;
      message.turn = ++this.lastNumber;
      this.offer(box, message, settlement.retryAfterMs);
      return;
    }
    const letter = {
      id: String(++this.lastNumber),
      body: message.body,
      reason: settlement.deadLetter,
      attempts: message.attempt,
      publishedAt: message.publishedAt,
      diedAt: this.clock.now(),
    };
    box.dead.push({ letter, priority: message.priority });
  }

  private handBack(box: Mailbox, claims: readonly ClaimedMessage[], delivered: boolean): void {
    for (const claimed of claims) {
      if (box.inFlight.get(claimed.message) !== claimed) continue;
      box.inFlight.delete(claimed.message);
      if (!delivered) claimed.message.attempt--;
      this.offer(box, claimed.message, 0);
    }
  }

  private takeDeadLetters(mailbox: string, ids: readonly string[]): { body: string; priority: number }[] {
    checkMailbox(mailbox);
    this.mustBeOpen();
    const box = this.boxes.get(mailbox);
    if (!box) return [];
    const wanted = new Set(ids);
    const taken = box.dead.filter(({ letter }) => wanted.has(letter.id));
    box.dead = box.dead.filter(({ letter }) => !wanted.has(letter.id));
    return taken.map(({ letter, priority }) => ({ body: letter.body, priority }));
  }

  private mustBeOpen(): void {
    if (this.closed) throw new QuarryError('unavailable', 'the broker is closed', { code: 'broker_unavailable' });
  }
}

const precedes = (a: Message, b: Message): boolean =>
  a.priority === b.priority ? a.turn < b.turn : a.priority > b.priority;
