import type { JobEnd, JobRecord, NewJob } from '#libs/job-store';
import type { AnyJobKind } from '../job-kind.ts';
import type { JobParts } from './job-parts.ts';
import { JobWatch } from './job-watch.ts';
import { CARRIED_CHARACTERS, encodeMessage, mailboxOf, PRIORITY } from './messages.ts';
import { queuedRecord } from './unrecorded-job.ts';

/**
 * A job that is not over so soon gets its record: then the reconciler looks after it, and others can ask for it. Searches that
 * are warm, or cold on one shard, are over by then.
 */
const RECORD_AFTER_MS = 250;

type PromptParts = Pick<JobParts, 'jobs' | 'broker' | 'clock' | 'namespace' | 'events'>;

/** A job that was sent before it was recorded, and the watch over it; see unrecorded-job.ts. */
export interface Prompt {
  /** As it ended, or as its record says it stands. */
  readonly job: JobRecord;
  /** Of a job that has not ended; began before its record was made. */
  readonly watch?: JobWatch;
}

/** Whether the job may be sent first and recorded later: nothing is owed for it, and the client waits and can ask again. */
export const isPrompt = (kind: AnyJobKind, job: NewJob, waitMs: number): boolean =>
  kind.transient === true &&
  job.announce === undefined &&
  job.callback === undefined &&
  job.idempotency === undefined &&
  waitMs > RECORD_AFTER_MS;

/**
 * Sends the job and waits until it has ended, or has its record: nothing about it is acknowledged before. Undefined, and
 * nothing was done, when its message would be too large.
 *
 * If this process dies meanwhile, the job is done or lost, and its client knows of neither. If the message was sent but its
 * confirmation was lost, the client is told to ask again, and a search was done for nothing.
 */
export async function sendPrompt(parts: PromptParts, kind: AnyJobKind, job: NewJob): Promise<Prompt | undefined> {
  const { jobs, broker, clock, events } = parts;
  const queued = queuedRecord(job, clock.now());
  let hear: (end?: JobEnd) => void = () => {};
  const word = new Promise<JobEnd | undefined>((resolve) => (hear = resolve));
  const expectation = await jobs.expect(job.id, (end) => hear(end));
  try {
    const { answerTo } = expectation;
    const message = { v: 2, type: 'advance', job: job.id, kind: kind.name, record: queued, answerTo } as const;
    const body = encodeMessage(message);
    if (body.length > CARRIED_CHARACTERS) return undefined;
    await broker.publish(mailboxOf(parts.namespace, kind), [{ body, priority: PRIORITY.advance, transient: true }]);
    events.submitted(queued);
    const cancel = clock.after(RECORD_AFTER_MS, () => hear());
    const end = await word;
    cancel();
    if (end) return { job: endedAs(queued, end) };
  } finally {
    expectation.stop();
  }
  const watch = await JobWatch.start(parts, job.id);
  try {
    // Or the record of its end, if that was not heard of.
    return { job: (await jobs.create({ ...job, createdAt: queued.createdAt })).job, watch };
  } catch (error) {
    watch.end();
    throw error;
  }
}

const endedAs = (job: JobRecord, end: JobEnd): JobRecord => ({
  ...job,
  ...end,
  touchedAt: end.finishedAt,
  progress: { total: 1, done: 1, failed: 0 },
});
