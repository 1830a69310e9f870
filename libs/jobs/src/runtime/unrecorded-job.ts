import type { JobRecord, JobTransition, NewJob, WholeJob } from '#libs/job-store';
import type { JobParts } from './job-parts.ts';

/**
 * A job whose first message was sent before its record was made: somebody waits for it, and most such jobs are over before
 * anybody else could ask for them. So whoever ends it in one step makes its record with its end (`JobStore.recordWhole`),
 * and spares it a step of its own; whoever needs the record earlier, the one who waits among them, makes it first. Nothing
 * was acknowledged before (JOB-1).
 */
export class UnrecordedJob {
  private recording: Promise<JobRecord> | undefined;

  /** @param answerTo of whoever waits for it */
  constructor(
    private readonly parts: Pick<JobParts, 'jobs'>,
    private readonly job: JobRecord,
    private readonly answerTo: string,
  ) {}

  /** Makes the record if nobody has; the job as it then stands. */
  record(): Promise<JobRecord> {
    this.recording ??= this.create().catch((error: unknown) => {
      this.recording = undefined;
      throw error;
    });
    return this.recording;
  }

  /** Makes the record as that of a job that is over. False when there is one. */
  recordWhole(to: JobTransition, startedAt: number): Promise<boolean> {
    if (this.recording) return Promise.resolve(false);
    const whole: WholeJob = { ...this.asMade(), startedAt };
    return this.parts.jobs.recordWhole(whole, to, this.answerTo);
  }

  private async create(): Promise<JobRecord> {
    const { job } = await this.parts.jobs.create(this.asMade());
    return job;
  }

  private asMade(): NewJob & { readonly createdAt: number } {
    const { id, kind, tenant, index, spec, priority, transient, expiresAt, subject, callback, createdAt } = this.job;
    return {
      id,
      kind,
      tenant,
      index,
      spec,
      createdAt,
      ...(priority !== undefined && { priority }),
      ...(transient && { transient }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(subject !== undefined && { subject }),
      ...(callback !== undefined && { callback }),
    };
  }
}

/** The record that `JobStore.create` would make of it now. */
export const queuedRecord = (job: NewJob, now: number): JobRecord => ({
  ...job,
  state: 'queued',
  attempt: 1,
  createdAt: now,
  touchedAt: now,
  progress: { total: 0, done: 0, failed: 0 },
  work: { doneBytes: 0, totalBytes: 0, documents: 0 },
});
