import type { JobJson, Worker } from 'bullmq';
import { asQuarryError, type Clock, type Ids, type QuarryError } from '#libs/kernel';
import type { RedisClient } from '#libs/redis';
import type { Settlement } from '../broker.ts';
import type { Claimed, Claims, ClaimingConsumer } from '../claiming-consumer.ts';
import { isLost } from './bullmq-error.ts';
import { decodeBody, jobRef } from './bullmq-message.ts';
import { ReadyWatch } from './ready-watch.ts';

export interface ClaimedJob extends Claimed {
  /** Of the lock, made for this delivery alone: who took the job later has another. */
  readonly token: string;
}

export interface BullMqClaimsOptions {
  readonly worker: Worker;
  /** The worker's connection. */
  readonly client: RedisClient;
  readonly lockDurationMs: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly onError: (error: QuarryError) => void;
  /** Vendor errors into ours. */
  readonly translate: (error: unknown) => QuarryError;
}

/** A lock is renewed so often in its life: two renewals in a row may fail. */
const RENEWALS_PER_LOCK = 3;
const MAX_BATCH = 32;
const RETRY_MS = 250;

/**
 * The jobs of one queue for a ClaimingConsumer, over a bullmq Worker that is driven by hand: bullmq's own loop parses data
 * before anybody can catch it (a foreign job would be taken and thrown over again for ever), retries a failed command in a
 * tight loop, and once closing neither stops waiting nor hands back at once. Scripts, locks, the search for stalled jobs
 * and the connections are bullmq's.
 *
 * The worker's connection has no time limit: what is sent while Redis is away is done when it is back. A command whose
 * answer was lost is sent again; the second time a settlement finds the lock gone, and a claim takes another job, while
 * the first one comes back as stalled.
 */
export class BullMqClaims implements Claims<ClaimedJob> {
  private readonly options: BullMqClaimsOptions;
  private readonly backend: ReturnType<Worker['getBackend']>;
  private readonly watch: ReadyWatch;
  private readonly held = new Map<string, ClaimedJob>();
  private consumer: ClaimingConsumer<ClaimedJob> | undefined;
  private readonly tokenBase: string;
  private takes = 0;
  private batch = 1;
  private cancelRenewal: (() => void) | undefined;
  private isClosed = false;

  constructor(options: BullMqClaimsOptions) {
    const { worker, clock, onError, translate } = options;
    this.options = options;
    this.tokenBase = options.ids.next();
    this.backend = worker.getBackend();
    this.watch = new ReadyWatch({
      backend: this.backend,
      clock,
      onReady: () => this.consumer?.wake(),
      passOn: () => void this.putSign().catch((error: unknown) => onError(asQuarryError(error))),
      onError: (error) => onError(translate(error)),
    });
  }

  start(consumer: ClaimingConsumer<ClaimedJob>): void {
    this.consumer = consumer;
    this.scheduleRenewal();
    consumer.wake();
  }

  /** Looks for no more; what is held stays held. */
  stopTaking(): void {
    this.watch.close();
  }

  /** To be called when nothing is held any more. */
  stop(): void {
    this.isClosed = true;
    this.cancelRenewal?.();
  }

  async claim(limit: number): Promise<ClaimedJob[]> {
    // Nothing is ready, as far as anybody knows, and the sign is waited for.
    if (this.watch.isArmed) return [];
    const wanted = Math.min(this.batch, limit);
    const outcomes = await Promise.allSettled(Array.from({ length: wanted }, () => this.take()));
    const takes = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    const claimed = takes.map(({ job }) => job).filter((job) => job !== undefined);
    if (failed && claimed.length === 0) throw failed.reason;
    const empty = takes.find(({ isEmpty }) => isEmpty);
    if (failed) {
      this.options.onError(asQuarryError(failed.reason));
      this.options.clock.after(RETRY_MS, () => this.consumer?.wake());
    } else if (empty) {
      this.batch = 1;
      this.watch.arm(empty.dueAt);
    } else {
      // There may be more. The consumer starts what it has before it claims again.
      this.batch = Math.min(MAX_BATCH, this.batch * 2);
      this.consumer?.wake();
    }
    return claimed;
  }

  async settle(claimed: ClaimedJob, settlement: Settlement): Promise<void> {
    const { id, token } = claimed;
    // Again, when a try before this one has failed.
    this.held.set(id, claimed);
    try {
      if (settlement === 'ack') await this.backend.moveToCompleted(jobRef(id), null, true, token, false);
      else if ('deadLetter' in settlement) await this.bury(id, token, settlement.deadLetter);
      else await this.retryLater(id, token, Math.ceil(settlement.retryAfterMs));
    } catch (error) {
      if (!isLost(error)) throw this.options.translate(error);
    } finally {
      if (this.held.get(id) === claimed) this.held.delete(id);
    }
  }

  async handBack(claimed: readonly ClaimedJob[], delivered: boolean): Promise<void> {
    const outcomes = await Promise.allSettled(claimed.map((job) => this.handBackOne(job, delivered)));
    // Handing back gives no sign by itself.
    await this.putSign();
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw this.options.translate(outcome.reason);
  }

  /** Whoever waits for the sign looks for ready jobs; without any it does no harm. */
  async putSign(): Promise<void> {
    try {
      await this.options.client.zadd(this.backend.toKey('marker'), 0, '0');
    } catch (error) {
      throw this.options.translate(error);
    }
  }

  private async take(): Promise<{ job?: ClaimedJob; isEmpty: boolean; dueAt?: number }> {
    const token = `${this.tokenBase}:${++this.takes}`;
    let taken: readonly unknown[];
    try {
      taken = await this.backend.moveToActive(token);
    } catch (error) {
      // The job is ours, and bullmq cannot read its envelope, nor say which it is.
      if ((error as Error).name === 'SyntaxError' && (await this.buryUnreadable(token))) return { isEmpty: false };
      throw this.options.translate(error);
    }
    // When nothing was taken: how long a rate limit lasts, and when the next delayed job is due; 0 for neither.
    const [data, id, limitedMs, dueAt] = taken as [JobJson | null, string, number, number];
    if (!data) {
      const next = limitedMs > 0 ? this.options.clock.now() + limitedMs : dueAt;
      return { isEmpty: true, ...(next > 0 && { dueAt: next }) };
    }
    const body = decodeBody(data.data);
    if (body === undefined) {
      const reason = `a foreign job named "${data.name}": its data is no {"body": "<text>"}`;
      await this.settle({ id, token, body: data.data, attempt: 0, retries: 0, publishedAt: 0 }, { deadLetter: reason });
      return { isEmpty: false };
    }
    const { attemptsStarted: attempt, attemptsMade: retries, timestamp: publishedAt } = data;
    const job: ClaimedJob = { id, token, body, attempt, retries, publishedAt };
    this.held.set(id, job);
    return { job, isEmpty: false };
  }

  private async buryUnreadable(token: string): Promise<boolean> {
    const { client, translate } = this.options;
    try {
      const active = await client.lrange(this.backend.toKey('active'), 0, -1);
      const locks = await Promise.all(active.map((id) => client.get(this.backend.toKey(`${id}:lock`))));
      const id = active[locks.indexOf(token)];
      if (id === undefined) return false;
      await this.bury(id, token, 'a foreign job: its options are no JSON');
      return true;
    } catch (error) {
      throw translate(error);
    }
  }

  private async bury(id: string, token: string, reason: string): Promise<void> {
    await this.backend.moveToFailed(jobRef(id), reason, false, token, false);
  }

  /** Both count in `attemptsMade`, keep the priority and go behind those that wait, so that a poison message lets its neighbours pass. */
  private async retryLater(id: string, token: string, delayMs: number): Promise<void> {
    if (delayMs > 0) await this.backend.moveToDelayed(id, this.options.clock.now(), delayMs, token);
    else await this.backend.retryJob(id, false, token);
  }

  private async handBackOne(job: ClaimedJob, delivered: boolean): Promise<void> {
    const { id, token } = job;
    this.held.delete(id);
    try {
      // Before others can see the job. If we die in between, the next start counts as this one.
      if (!delivered) await this.options.client.hincrby(this.backend.toKey(id), 'ats', -1);
      await this.backend.moveJobFromActiveToWait(id, token);
    } catch (error) {
      if (!isLost(error)) throw error;
    }
  }

  private scheduleRenewal(): void {
    if (this.isClosed) return;
    const { clock, lockDurationMs, onError, translate } = this.options;
    this.cancelRenewal = clock.after(lockDurationMs / RENEWALS_PER_LOCK, () => {
      this.renew()
        .catch((error: unknown) => onError(translate(error)))
        .finally(() => this.scheduleRenewal());
    });
  }

  private async renew(): Promise<void> {
    const jobs = [...this.held.values()];
    if (jobs.length === 0) return;
    const lost = await this.backend.extendLocks(
      jobs.map(({ id }) => id),
      jobs.map(({ token }) => token),
      this.options.lockDurationMs,
    );
    for (const id of lost) {
      const job = jobs.find((candidate) => candidate.id === id);
      // Settled meanwhile, or taken anew with another token, is not lost.
      if (!job || this.held.get(id) !== job) continue;
      this.held.delete(id);
      this.consumer?.loseClaim(job);
    }
  }
}
