import type { Clock, Ids, QuarryError } from '#libs/kernel';
import type { RedisClient } from '#libs/redis';
import type { Consumer, Handler } from '../broker.ts';
import { ClaimingConsumer } from '../claiming-consumer.ts';
import { BullMqClaims, type ClaimedJob } from './bullmq-claims.ts';
import { registerBullWorker, type BullWorker } from './bullmq.module.ts';

export interface BullMqConsumerOptions {
  readonly mailbox: string;
  readonly concurrency: number;
  readonly handle: Handler;
  /** Without a time limit for commands; the worker's blocking connection is made after it. */
  readonly client: RedisClient;
  readonly prefix: string;
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly onError: (error: QuarryError) => void;
  /** Vendor errors into ours. */
  readonly translate: (error: unknown) => QuarryError;
}

/**
 * How long a close waits, after its grace, for Redis to take the last settlements. When Redis is away they are sent should it
 * come back before the broker is closed; else the messages come back when their locks have run out.
 */
const LAST_WORDS_MS = 3000;

/** A consumer of one mailbox: a bullmq worker with its blocking connection, and what runs the handler. */
export class BullMqConsumer implements Consumer {
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly options: BullMqConsumerOptions,
    private readonly registered: BullWorker,
    private readonly claims: BullMqClaims,
    private readonly consumer: ClaimingConsumer<ClaimedJob>,
  ) {}

  static async open(options: BullMqConsumerOptions): Promise<BullMqConsumer> {
    const { mailbox, client, lockDurationMs, clock, onError, translate } = options;
    // Checks the options before anything is opened.
    let claims: BullMqClaims | undefined;
    const consumer = new ClaimingConsumer<ClaimedJob>({
      ...options,
      claims: {
        claim: (limit) => claims!.claim(limit),
        settle: (claimed, settlement) => claims!.settle(claimed, settlement),
        handBack: (claimed, delivered) => claims!.handBack(claimed, delivered),
      },
    });
    const registered = await registerBullWorker(mailbox, { ...options, connection: client });
    const { worker } = registered;
    worker.on('error', (error) => {
      const translated = translate(error);
      // An outage is reported once, by the connection.
      if (translated.kind !== 'unavailable') onError(translated);
    });
    try {
      await worker.waitUntilReady();
      await worker.startStalledCheckTimer();
    } catch (error) {
      await worker.close(true);
      await registered.close();
      throw error;
    }
    claims = new BullMqClaims({ worker, client, lockDurationMs, clock, ids: options.ids, onError, translate });
    claims.start(consumer);
    return new BullMqConsumer(options, registered, claims, consumer);
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.shutDown(graceMs);
    return this.closing;
  }

  private async shutDown(graceMs: number): Promise<void> {
    this.claims.stopTaking();
    // Locks are renewed until the last message is settled or handed back.
    const isDone = await this.within(graceMs + LAST_WORDS_MS, this.consumer.close(graceMs));
    this.claims.stop();
    // By force: it may be waiting for a sign, with no end in sight when Redis is away.
    await this.registered.worker.close(true);
    // The sign may have been on its way to the connection that was just cut.
    if (isDone) await this.within(LAST_WORDS_MS, this.claims.putSign());
    await this.registered.close();
  }

  /** Whether the work was done in time; when it was not it goes on. */
  private async within(ms: number, work: Promise<void>): Promise<boolean> {
    const { clock, onError } = this.options;
    const timer = new AbortController();
    const outcome = await Promise.race([
      work.then(
        () => true,
        (error: unknown) => {
          onError(this.options.translate(error));
          return false;
        },
      ),
      clock.sleep(ms, timer.signal).then(
        () => false,
        () => false,
      ),
    ]);
    timer.abort();
    return outcome;
  }
}
