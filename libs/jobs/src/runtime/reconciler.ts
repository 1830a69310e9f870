import pLimit from 'p-limit';
import { QuarryError, toErrorRecord } from '#libs/kernel';
import type { JobRecord } from '#libs/job-store';
import { announceEnd, endJob } from './job-ending.ts';
import type { JobParts } from './job-parts.ts';
import { LeasedDuty } from './leased-duty.ts';
import { encodeMessage, mailboxOf, PRIORITY } from './messages.ts';

export interface ReconcilerOptions {
  /** How often to look. */
  readonly everyMs: number;
  /** A job that nothing has touched for so long, while its mailbox is empty, has lost its message. */
  readonly stalledMs: number;
  /** The same for transient jobs, whose clients wait. */
  readonly stalledTransientMs: number;
  /** The same while the mailbox has messages waiting: then the job may simply be queued. */
  readonly stalledBehindBacklogMs: number;
  /** How long ended jobs are remembered. */
  readonly retentionMs: number;
  /** The same for transient ones: every search leaves its result behind, which nobody fetches hours later. */
  readonly transientRetentionMs: number;
}

export const RECONCILER_DEFAULTS: ReconcilerOptions = {
  everyMs: 1_000,
  stalledMs: 15_000,
  stalledTransientMs: 3_000,
  stalledBehindBacklogMs: 120_000,
  retentionMs: 24 * 3_600_000,
  transientRetentionMs: 15 * 60_000,
};

const LEASE = 'reconciler';
const BATCH = 200;
/** Jobs that are helped at once: each costs a round trip or two, and forgetting one a listing of the store. */
const AT_ONCE = 16;
/** Whoever ended a job announces it at once; later, that process has died. */
const ANNOUNCED_WITHIN_MS = 5_000;
/** Of BATCH jobs in one pass: 2,000 jobs a second are forgotten, more than one machine answers. */
const FORGET_STEPS = 20;

/**
 * Heals what a crash between two writes leaves behind (JOB-1): re-publishes a message for every job that stands still.
 * Too many messages are harmless, none is not. One process at a time does it, by lease; all may try.
 */
export class Reconciler {
  private readonly duty: LeasedDuty;

  constructor(
    private readonly parts: JobParts,
    private readonly options: ReconcilerOptions = RECONCILER_DEFAULTS,
  ) {
    this.duty = new LeasedDuty(parts, {
      name: LEASE,
      everyMs: options.everyMs,
      leaseMs: options.everyMs * 5,
      work: (_token, signal) => this.look(signal),
    });
  }

  start(): void {
    this.duty.start();
  }

  close(): Promise<void> {
    return this.duty.close();
  }

  /** One look at everything; public so that tests need not wait for the timer. */
  pass(): Promise<void> {
    return this.duty.turn();
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { jobs, clock } = this.parts;
    const now = clock.now();
    // What clients wait for comes first, and is found behind any number of other jobs.
    const interactive = await jobs.listStalled(now - this.options.stalledTransientMs, BATCH, true);
    const others = await jobs.listStalled(now - this.options.stalledMs, BATCH);
    const stalled = [...new Map([...interactive, ...others].map((job) => [job.id, job])).values()];
    const backlog = stalled.length > 0 ? await this.backlog() : new Map<string, number>();
    await this.each(stalled, signal, (job) => this.lookAfter(job, backlog, now));
    const owed = await jobs.listUnannounced(now - ANNOUNCED_WITHIN_MS, BATCH);
    await this.each(owed, signal, (job) => announceEnd(this.parts, job));
    await this.forget(now - this.options.retentionMs, false, signal);
    await this.forget(now - Math.min(this.options.retentionMs, this.options.transientRetentionMs), true, signal);
  }

  /** One job that cannot be helped keeps nobody from helping the others. */
  private async each(
    jobs: readonly JobRecord[],
    signal: AbortSignal,
    help: (job: JobRecord) => Promise<void>,
  ): Promise<void> {
    const atOnce = pLimit(AT_ONCE);
    const helped = jobs.map((job) =>
      atOnce(async () => {
        if (signal.aborted) return;
        await help(job).catch((error: unknown) => {
          this.parts.logger.warn({ job: job.id, kind: job.kind, err: error }, 'a job could not be looked after');
        });
      }),
    );
    await Promise.all(helped);
  }

  private async lookAfter(job: JobRecord, backlog: ReadonlyMap<string, number>, now: number): Promise<void> {
    if (job.expiresAt !== undefined && job.expiresAt <= now) return this.expire(job);
    // Of another version's kind: its processes look after it.
    if (!this.parts.kinds.names().includes(job.kind)) return;
    if (now - job.touchedAt >= this.patienceFor(job, backlog)) await this.setGoing(job);
  }

  /** In small steps, so that nobody waits long for the store. */
  private async forget(before: number, transientOnly: boolean, signal: AbortSignal): Promise<void> {
    for (let step = 0; step < FORGET_STEPS && !signal.aborted; step++) {
      const forgotten = await this.parts.jobs.deleteEnded(before, BATCH, transientOnly);
      await this.each(forgotten, signal, (job) => this.parts.claims.discard(job));
      if (forgotten.length < BATCH) return;
    }
  }

  /** The age of the oldest ready message of each mailbox that has some, ms. */
  private async backlog(): Promise<ReadonlyMap<string, number>> {
    const mailboxes = await this.parts.broker.mailboxes();
    return new Map(
      mailboxes.flatMap(({ mailbox, ready, oldestReadyMs }) => (ready > 0 ? [[mailbox, oldestReadyMs]] : [])),
    );
  }

  private mailbox(job: JobRecord): string {
    return mailboxOf(this.parts.namespace, this.parts.kinds.get(job.kind));
  }

  /**
   * A message that waits in a mailbox is at most as old as the oldest there. The most it is given grows with the job's age,
   * so that a job which waits long is sent again a few times in all and not every two minutes.
   */
  private patienceFor(job: JobRecord, backlog: ReadonlyMap<string, number>): number {
    const { stalledMs, stalledTransientMs, stalledBehindBacklogMs } = this.options;
    const patience = job.transient ? stalledTransientMs : stalledMs;
    const most = Math.max(stalledBehindBacklogMs, job.touchedAt - job.createdAt);
    return Math.min(most, patience + (backlog.get(this.mailbox(job)) ?? 0));
  }

  private async setGoing(job: JobRecord): Promise<void> {
    await this.parts.jobs.touch(job.id);
    await this.parts.broker.publish(this.mailbox(job), [
      {
        body: encodeMessage({ v: 2, type: 'advance', job: job.id, kind: job.kind }),
        priority: PRIORITY.readvance,
      },
    ]);
    this.parts.events.reconciled(job.kind);
    this.parts.logger.info({ job: job.id, state: job.state }, 'a job stood still and was set going again');
  }

  private async expire(job: JobRecord): Promise<void> {
    const error = new QuarryError('timeout', 'the job did not end within the time it was given', {
      code: 'job_expired',
    });
    await endJob(this.parts, job, { state: 'expired', error: toErrorRecord(error) });
  }
}
