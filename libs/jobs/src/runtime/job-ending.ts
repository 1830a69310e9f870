import type { JobRecord, JobTransition } from '#libs/job-store';
import type { JobParts } from './job-parts.ts';

const NOT_ENDED = ['queued', 'planning', 'running', 'finishing'] as const;

/**
 * Brings a job to its one end (JOB-3), and tells whom it concerns. Undefined when it had ended, or been reopened since
 * `attempt`. If the process dies before all are told, the reconciler tells them.
 */
export async function endJob(
  parts: JobParts,
  job: Pick<JobRecord, 'id'>,
  to: JobTransition,
  attempt?: number,
): Promise<JobRecord | undefined> {
  const ended = await parts.jobs.transition(job.id, NOT_ENDED, to, attempt);
  if (ended) await noteEnd(parts, ended);
  return ended;
}

/** For whoever has just ended the job, however: counts its end and tells whom it concerns. Never rejects. */
export async function noteEnd(parts: JobParts, ended: JobRecord): Promise<void> {
  parts.events.ended(ended, ended.state, parts.clock.now() - ended.createdAt);
  if (ended.announce) {
    await announceEnd(parts, ended).catch((error: unknown) => {
      parts.logger.warn({ job: ended.id, err: error }, 'the end of the job could not be announced yet');
    });
  }
}

/** JOB-6: what is to be told is durable before the job is marked as announced; doing both twice tells it once. */
export async function announceEnd(parts: JobParts, job: JobRecord): Promise<void> {
  await parts.announcer?.ended(job);
  await parts.jobs.markAnnounced(job.id, job.attempt);
}
