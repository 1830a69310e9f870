import { asQuarryError, invalid, unavailable, type Clock, type Ids, type QuarryError, type Random } from '#libs/kernel';
import type {
  Broker,
  ConsumeOptions,
  Consumer,
  DeadLetter,
  Handler,
  Listener,
  MailboxStatus,
  OutgoingMessage,
} from '../broker.ts';
import { checkMailbox, checkMessage } from '../check-message.ts';
import { ClaimingConsumer } from '../claiming-consumer.ts';
import { DirectListeners } from '../direct-listeners.ts';
import { BROKER_APPLICATION_ID, BROKER_MIGRATIONS, BROKER_SCHEMA, BROKER_SCHEMA_VERSION } from './broker-schema.ts';
import { DueTimer } from './due-timer.ts';
import { MessageTable, type ClaimedMessage } from './message-table.ts';
import { Ownership } from './ownership.ts';
import { SqliteFile } from '#libs/sqlite';

export interface EmbeddedBrokerOptions {
  /** The SQLite file; made with its folder when missing. Beside it lie `-wal` and `-shm`, which belong to it. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  /** After so many ms without a sign of life a process's messages go to others. */
  readonly ownerTtlMs?: number;
  /** What went wrong behind the scenes: a handler or receiver that threw, a claim or settlement that is tried again. */
  readonly onError?: (error: QuarryError) => void;
}

const OWNER_TTL_MS = 3000;
/** Beats per time to live: dead after so many beats of the others without one of its own. */
const BEATS_PER_TTL = 6;
/**
 * How often the work of other processes is looked for: a look is 8 µs and a timer. The pause grows while nothing is
 * found; an idle consumer, heartbeat included, costs about 0.5 % of a core.
 */
const LOOK_MIN_MS = 5;
const LOOK_MAX_MS = 100;
const LOOK_GROWTH = 1.2;
/** Clocks are corrected by milliseconds all the time; this is a jump. */
const CLOCK_JUMP_MS = 1000;

/**
 * The Broker on one SQLite file, for the processes of one machine. Publishing and dead-lettering survive power loss;
 * claims, acknowledgements and retries survive the death of the process, and a power cut may undo the latest of them,
 * which is a redelivery. Direct messages reach the listeners of this very instance: what is not in this process is met at
 * the mailbox anyway.
 */
export class EmbeddedBroker implements Broker {
  private readonly options: EmbeddedBrokerOptions;
  private readonly file: SqliteFile;
  private readonly table: MessageTable;
  private readonly ownership: Ownership;
  private readonly due: DueTimer;
  private readonly known = new Set<string>();
  private readonly consumers = new Map<ClaimingConsumer<ClaimedMessage>, string>();
  private readonly onError: (error: QuarryError) => void;
  private readonly direct: DirectListeners;
  private lookout: { stop: AbortController; ended: Promise<void> } | undefined;
  private closing: Promise<void> | undefined;

  private constructor(options: EmbeddedBrokerOptions, file: SqliteFile) {
    this.options = options;
    this.file = file;
    this.table = new MessageTable(file);
    this.ownership = new Ownership(file, this.table, {
      name: options.ids.next(),
      patienceBeats: BEATS_PER_TTL,
      onLost: () => {
        for (const consumer of this.consumers.keys()) consumer.loseClaims();
      },
    });
    this.due = new DueTimer(options.clock, () => void this.wakeForDue());
    this.onError = options.onError ?? (() => {});
    this.direct = new DirectListeners(this.onError);
  }

  /** Throws `corrupt`, `unavailable`, `invalid` (`wrong_file`, `newer_schema`), each with the path. */
  static async open(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
    const file = await SqliteFile.open({
      path: options.path,
      clock: options.clock,
      random: options.random,
      applicationId: BROKER_APPLICATION_ID,
      schemaVersion: BROKER_SCHEMA_VERSION,
      schema: BROKER_SCHEMA,
      migrations: BROKER_MIGRATIONS,
      unavailableCode: 'broker_unavailable',
    });
    return new EmbeddedBroker(options, file);
  }

  async publish(mailbox: string, messages: readonly OutgoingMessage[]): Promise<void> {
    checkMailbox(mailbox);
    for (const message of messages) checkMessage(message);
    if (messages.length === 0) return;
    const now = this.options.clock.now();
    const isNew = !this.known.has(mailbox);
    const durability = messages.every((message) => message.transient) ? 'process-death' : 'power-loss';
    await this.file.write(durability, () => {
      if (isNew) this.table.addMailbox(mailbox);
      this.table.publish(mailbox, messages, now);
    });
    this.known.add(mailbox);
    this.wake(mailbox);
    for (const { delayMs = 0 } of messages) if (delayMs > 0) this.due.arm(now + Math.ceil(delayMs));
  }

  async consume(mailbox: string, options: ConsumeOptions, handle: Handler): Promise<Consumer> {
    checkMailbox(mailbox);
    const consumer: ClaimingConsumer<ClaimedMessage> = new ClaimingConsumer({
      concurrency: options.concurrency,
      handle,
      clock: this.options.clock,
      onError: this.onError,
      claims: {
        claim: (limit) => this.claim(mailbox, limit),
        settle: (claimed, settlement) => this.settle(mailbox, consumer, claimed, settlement),
        handBack: (claimed, delivered) => this.handBack(mailbox, claimed, delivered),
      },
    });
    await this.file.write('process-death', () => {
      this.table.addMailbox(mailbox);
      this.table.restartDelaysFromFuture(this.options.clock.now());
    });
    await this.ownership.ensure();
    this.consumers.set(consumer, mailbox);
    this.lookout ??= this.startLookout();
    consumer.wake();
    return {
      close: async (graceMs) => {
        await consumer.close(graceMs);
        this.consumers.delete(consumer);
        if (this.consumers.size === 0) await this.stopLookout();
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

  mailboxes(): Promise<MailboxStatus[]> {
    return this.file.read(() => this.table.statuses(this.options.clock.now()));
  }

  async deadLetters(mailbox: string, page: { after?: string; limit: number }): Promise<DeadLetter[]> {
    checkMailbox(mailbox);
    const after = page.after === undefined ? 0 : rowOf(page.after);
    if (after === undefined) {
      throw invalid('bad_cursor', `"${page.after}" is no id of a dead letter`, { after: page.after });
    }
    return this.file.read(() => this.table.deadLetters(mailbox, after, page.limit));
  }

  async replayDeadLetters(mailbox: string, ids: readonly string[]): Promise<number> {
    checkMailbox(mailbox);
    const rows = rowsOf(ids);
    const moved = await this.file.write('power-loss', () => this.table.replay(mailbox, rows, this.options.clock.now()));
    if (moved > 0) this.wake(mailbox);
    return moved;
  }

  async discardDeadLetters(mailbox: string, ids: readonly string[]): Promise<number> {
    checkMailbox(mailbox);
    const rows = rowsOf(ids);
    return this.file.write('power-loss', () => this.table.discard(mailbox, rows));
  }

  async ping(): Promise<void> {
    await this.file.read(() => this.table.mayClaim('', this.options.clock.now()));
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.direct.clear();
    await Promise.all([...this.consumers.keys()].map((consumer) => consumer.close(0)));
    this.consumers.clear();
    await this.stopLookout();
    await this.file.close();
  }

  private mustBeOpen(): void {
    if (this.closing) throw unavailable('broker_unavailable', `${this.options.path} is closed`);
  }

  private wake(mailbox: string): void {
    for (const [consumer, its] of this.consumers) if (its === mailbox) consumer.wake();
  }

  private wakeAll(): void {
    for (const consumer of this.consumers.keys()) consumer.wake();
  }

  private async claim(mailbox: string, limit: number): Promise<ClaimedMessage[]> {
    const mayClaim = await this.file.read(() => this.table.mayClaim(mailbox, this.options.clock.now()));
    if (!mayClaim) return [];
    return this.ownership.write((owner) => {
      this.table.promoteDue(this.options.clock.now());
      return this.table.claim(mailbox, owner, limit);
    });
  }

  private async settle(
    mailbox: string,
    consumer: ClaimingConsumer<ClaimedMessage>,
    claimed: ClaimedMessage,
    settlement: Parameters<MessageTable['settle']>[1],
  ): Promise<void> {
    const now = this.options.clock.now();
    // A dead letter is somebody's evidence; the other two are merely repeated after a power cut.
    const durability = typeof settlement === 'object' && 'deadLetter' in settlement ? 'power-loss' : 'process-death';
    const settled = await this.file.write(durability, () => this.table.settle(claimed, settlement, now));
    if (!settled) return consumer.loseClaim(claimed);
    if (settlement === 'ack' || !('retryAfterMs' in settlement)) return;
    if (settlement.retryAfterMs > 0) this.due.arm(now + Math.ceil(settlement.retryAfterMs));
    else this.wake(mailbox);
  }

  private async handBack(mailbox: string, claimed: readonly ClaimedMessage[], delivered: boolean): Promise<void> {
    await this.file.write('process-death', () => {
      for (const message of claimed) this.table.handBack(message, delivered);
    });
    this.wake(mailbox);
  }

  /** Wakes the consumers for what is due, and arms the timer for what is not. */
  private async wakeForDue(): Promise<void> {
    // One and the same moment parts the two: what became due in between would be left to nobody.
    const now = this.options.clock.now();
    this.wakeAll();
    try {
      const next = await this.file.read(() => this.table.nextDue(now));
      if (next !== undefined && this.consumers.size > 0) this.due.arm(next);
    } catch (error) {
      this.onError(asQuarryError(error));
    }
  }

  private startLookout(): { stop: AbortController; ended: Promise<void> } {
    const stop = new AbortController();
    return { stop, ended: this.lookOut(stop.signal) };
  }

  private async stopLookout(): Promise<void> {
    const { lookout } = this;
    this.lookout = undefined;
    this.due.cancel();
    lookout?.stop.abort();
    await lookout?.ended;
    // Consumers may have come back while we waited.
    if (this.consumers.size === 0)
      await this.ownership.resign().catch((error: unknown) => this.onError(asQuarryError(error)));
  }

  /** While there are consumers: gives the sign of life, and sees what other processes publish or leave behind. */
  private async lookOut(stop: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const beatMs = (this.options.ownerTtlMs ?? OWNER_TTL_MS) / BEATS_PER_TTL;
    let pauseMs = LOOK_MIN_MS;
    let nextBeat = clock.monotonic() + beatMs;
    let offset = clock.now() - clock.monotonic();
    await this.wakeForDue();
    while (!stop.aborted) {
      try {
        await clock.sleep(Math.max(1, Math.min(pauseMs, nextBeat - clock.monotonic())), stop);
      } catch {
        return;
      }
      try {
        if (clock.monotonic() >= nextBeat) {
          const before = offset;
          offset = clock.now() - clock.monotonic();
          const released = await this.ownership.beat(before - offset > CLOCK_JUMP_MS ? clock.now() : undefined);
          nextBeat = clock.monotonic() + beatMs;
          if (released > 0) this.wakeAll();
        }
        if (this.file.changedElsewhere()) {
          pauseMs = LOOK_MIN_MS;
          await this.wakeForDue();
        } else {
          pauseMs = Math.min(LOOK_MAX_MS, pauseMs * LOOK_GROWTH);
        }
      } catch (error) {
        this.onError(asQuarryError(error));
      }
    }
  }
}

/** Ids of messages and dead letters are row numbers; anything else names nothing. */
function rowOf(id: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined;
}

function rowsOf(ids: readonly string[]): number[] {
  return [...new Set(ids)].map(rowOf).filter((row) => row !== undefined);
}
