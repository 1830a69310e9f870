import { QuarryError, toErrorRecord } from '#libs/kernel';
import type { JobRecord } from '#libs/job-store';
import type { JobParts } from './job-parts.ts';
import { encodeMessage, mailboxOf, PRIORITY } from './messages.ts';

export interface ReconcilerOptions {
  /** How often to look. */
  readonly everyMs: number;
  /** A job that nothing has touched for so long, while its mailbox is empty, has lost its message. */
  readonly stalledMs: number;
  /** The same while the mailbox has messages waiting: then the job may simply be queued. */
  readonly stalledBehindBacklogMs: number;
  /** How long ended jobs are remembered. */
  readonly retentionMs: number;
  /** The same for transient ones: every search leaves its result behind, which nobody fetches hours later. */
  readonly transientRetentionMs: number;
}

export const RECONCILER_DEFAULTS: ReconcilerOptions = {
  everyMs: 2_000,
  stalledMs: 15_000,
  stalledBehindBacklogMs: 120_000,
  retentionMs: 24 * 3_600_000,
  transientRetentionMs: 15 * 60_000,
};

const LEASE = 'reconciler';
const BATCH = 200;
/** Of BATCH jobs in one pass: 2,000 jobs a second are forgotten, more than one machine answers. */
const FORGET_STEPS = 20;

/**
 * Heals what a crash between two writes leaves behind (JOB-1): re-publishes a message for every job that stands still.
 * Too many messages are harmless, none is not. One process at a time does it, by lease; all may try.
 */
export class Reconciler {
  private stopped = false;
  private cancelTimer: () => void = () => {};
  private running: Promise<void> = Promise.resolve();
  private readonly owner: string;

  constructor(
    private readonly parts: JobParts,
    private readonly options: ReconcilerOptions = RECONCILER_DEFAULTS,
  ) {
    this.owner = parts.ids.next();
  }

  start(): void {
    this.schedule(0);
  }

  async close(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.running;
  }

  private schedule(afterMs: number): void {
    if (this.stopped) return;
    this.cancelTimer = this.parts.clock.after(afterMs, () => {
      this.running = this.pass()
        .catch((error: unknown) => this.parts.logger.warn({ err: error }, 'a pass of the reconciler failed'))
        .finally(() => this.schedule(this.options.everyMs));
    });
  }

  /** One look at everything; public so that tests need not wait for the timer. */
  async pass(): Promise<void> {
    const { jobs, clock } = this.parts;
    const lease = await jobs.acquireLease(LEASE, this.owner, this.options.everyMs * 5);
    if (!lease) return;
    const backlog = await this.backlog();
    const now = clock.now();
    for (const job of await jobs.listStalled(now - this.options.stalledMs, BATCH)) {
      if (job.expiresAt !== undefined && job.expiresAt <= now) await this.expire(job);
      else if (now - job.touchedAt >= this.patienceFor(job, backlog)) await this.setGoing(job);
    }
    await this.forget(now - this.options.retentionMs, false);
    await this.forget(now - Math.min(this.options.retentionMs, this.options.transientRetentionMs), true);
  }

  /** In small steps, so that nobody waits long for the store. */
  private async forget(before: number, transientOnly: boolean): Promise<void> {
    for (let step = 0; step < FORGET_STEPS && !this.stopped; step++) {
      const forgotten = await this.parts.jobs.deleteEnded(before, BATCH, transientOnly);
      for (const job of forgotten) await this.parts.claims.discard(job);
      if (forgotten.length < BATCH) return;
    }
  }

  private async backlog(): Promise<ReadonlySet<string>> {
    const mailboxes = await this.parts.broker.mailboxes();
    return new Set(mailboxes.filter((status) => status.ready + status.delayed > 0).map((status) => status.mailbox));
  }

  private mailbox(job: JobRecord): string {
    return mailboxOf(this.parts.namespace, this.parts.kinds.get(job.kind).role);
  }

  private patienceFor(job: JobRecord, backlog: ReadonlySet<string>): number {
    return backlog.has(this.mailbox(job)) ? this.options.stalledBehindBacklogMs : this.options.stalledMs;
  }

  private async setGoing(job: JobRecord): Promise<void> {
    await this.parts.jobs.touch(job.id);
    await this.parts.broker.publish(this.mailbox(job), [
      {
        body: encodeMessage({ v: 1, type: 'advance', job: job.id, kind: job.kind }),
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
    await this.parts.jobs.transition(job.id, ['queued', 'planning', 'running', 'finishing'], {
      state: 'expired',
      error: toErrorRecord(error),
    });
  }
}
