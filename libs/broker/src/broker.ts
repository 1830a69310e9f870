/**
 * The port to what carries messages between actors. At least once: a delivery that is not settled before its lease
 * ends, or whose consumer dies, is delivered again with a higher `attempt`. Order is by priority, then roughly by age;
 * nobody may rely on it. Deliberately absent: exactly-once, transactions with the job store, topics, request/reply.
 *
 * Errors: `unavailable` (`broker_unavailable`) out of reach, `overloaded` (`broker_full`, `disk_full`) refuses more,
 * `invalid` (`bad_mailbox`, `message_too_large`).
 */
export interface Broker {
  /** When it resolves every message is durable. All or nothing where the server can, else a retry may duplicate some. */
  publish(mailbox: string, messages: readonly OutgoingMessage[]): Promise<void>;

  /**
   * Delivers messages of the mailbox to `handle`, at most `concurrency` at once. The lease is renewed by the adapter
   * while the handler runs. Settling is the handler's answer; a handler that throws is answered `{ retryAfterMs: 0 }`.
   */
  consume(mailbox: string, options: ConsumeOptions, handle: Handler): Promise<Consumer>;

  /**
   * Hands messages to one listening process directly, past every mailbox: at most once, kept nowhere, in the order sent.
   * True: somebody listens and was sent them, which does not say that they were read; false: nobody does, nothing was
   * sent. For what the sender watches over itself and can send elsewhere. Adapters of one machine may reach the listeners
   * of their own process alone.
   */
  send(address: string, bodies: readonly string[]): Promise<boolean>;
  /**
   * Calls `receive`, which must not throw, with what is sent to the address from when it resolves until it is closed;
   * after a lost connection again as soon as there is one. One listener an address. Addresses are named as mailboxes are
   * and are not mailboxes.
   */
  listen(address: string, receive: (body: string) => void): Promise<Listener>;

  /** Every mailbox ever published to or consumed from, with its counts; for dashboards, admission and metrics. */
  mailboxes(): Promise<MailboxStatus[]>;

  /** Dead letters of a mailbox, oldest first, strictly after the letter with id `after`. */
  deadLetters(mailbox: string, page: { after?: string; limit: number }): Promise<DeadLetter[]>;
  /** Puts dead letters back as new messages (attempt 1). Unknown ids are ignored; resolves with how many moved. */
  replayDeadLetters(mailbox: string, ids: readonly string[]): Promise<number>;
  discardDeadLetters(mailbox: string, ids: readonly string[]): Promise<number>;

  /** Resolves when the broker answers; rejects with `unavailable`. For readiness. */
  ping(): Promise<void>;
  /** Stops all consumers as `Consumer.close(0)` does, then disconnects. */
  close(): Promise<void>;
}

/** Names are 1–128 characters of [a-z0-9._-]. */
export const MAILBOX_NAME = /^[a-z0-9._-]{1,128}$/;

/** Larger payloads travel by claim check: the body goes to the object store and the message carries its key. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

export interface OutgoingMessage {
  /** JSON text, at most MAX_MESSAGE_BYTES in UTF-8. */
  readonly body: string;
  /** 0 (default) … 9; higher is delivered first. */
  readonly priority?: number;
  /** Not delivered before so many ms from now. */
  readonly delayMs?: number;
  /** Need only survive the death of every process, not a power cut. Spares an embedded broker its fsync. */
  readonly transient?: true;
}

export interface Delivery {
  readonly id: string;
  readonly body: string;
  /** 1 on the first delivery. */
  readonly attempt: number;
  /**
   * BRK-5: how many of the attempts before this one were answered `retryAfterMs`, or threw: they failed. All the others before it
   * ended unanswered, with their process, their lease or their consumer.
   */
  readonly retries: number;
  /** ms since 1970. */
  readonly publishedAt: number;
  /** Aborts when the lease is lost or the consumer is told to stop at once: what is done afterwards may be done twice. */
  readonly signal: AbortSignal;
}

/** What becomes of a delivery. */
export type Settlement = 'ack' | { readonly retryAfterMs: number } | { readonly deadLetter: string };

export type Handler = (delivery: Delivery) => Promise<Settlement>;

export interface ConsumeOptions {
  readonly concurrency: number;
}

export interface Consumer {
  /** Takes no more; waits up to `graceMs` for running handlers, then aborts their signals and hands their messages back. */
  close(graceMs: number): Promise<void>;
}

export interface Listener {
  close(): Promise<void>;
}

export interface MailboxStatus {
  readonly mailbox: string;
  /** Deliverable now. */
  readonly ready: number;
  readonly delayed: number;
  /** Of all clients; where the server does not tell, of this one. */
  readonly inFlight: number;
  readonly dead: number;
  /** Age of the oldest ready message in ms; 0 when none. Where the server does not tell, an upper bound. */
  readonly oldestReadyMs: number;
}

export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  readonly reason: string;
  readonly attempts: number;
  readonly publishedAt: number;
  readonly diedAt: number;
}
