import { ulidTime, type IndexName } from '#libs/index';
import { isTerminal, JOB_STATES, type JobRecord, type JobStore } from '#libs/job-store';
import { WEBHOOK_KIND } from '../webhook/delivery.ts';

const PAGE = 200;
/** A job that succeeded has committed what it made; one that ended otherwise may be asked to try again. */
const STATES = JOB_STATES.filter((state) => state !== 'succeeded');

/**
 * GC-1: when the oldest job of the index was made that may still read a version, or commit what it has written; Infinity when
 * there is none. Deliveries may take days and read nothing of an index; searches that have ended are asked anew, never
 * tried again.
 */
export async function oldestHoldingJob(jobs: Pick<JobStore, 'list'>, { tenant, index }: IndexName): Promise<number> {
  let oldest = Infinity;
  for (const state of STATES) {
    let after: string | undefined;
    do {
      const page = await jobs.list({ tenant, index, state }, { limit: PAGE, ...(after !== undefined && { after }) });
      for (const job of page) if (holds(job)) oldest = Math.min(oldest, job.createdAt, ulidTime(job.id) ?? Infinity);
      after = page.length === PAGE ? page.at(-1)!.id : undefined;
    } while (after !== undefined);
  }
  return oldest;
}

/** What they do needs no version to stay. */
const FREE: ReadonlySet<string> = new Set([WEBHOOK_KIND, 'gc']);

const holds = ({ kind, state, transient }: JobRecord): boolean => !FREE.has(kind) && !(transient && isTerminal(state));
