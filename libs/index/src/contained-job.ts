import { decodeTime } from 'ulid';
import { QuarryError } from '#libs/kernel';
import type { IndexName } from './index-catalog.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { CommittedJob } from './manifest.ts';
import { KEPT_JOBS, type VersionDraft } from './version-draft.ts';

/** How far the clocks of two machines may lie apart before a job is looked for too briefly. */
const CLOCK_SKEW_MS = 15 * 60_000;

/**
 * JOB-4: what was recorded when the job was committed, or undefined when the index does not contain it.
 *
 * A manifest names its latest KEPT_JOBS jobs. That is enough for nearly every answer: fewer jobs than that were never
 * cut, and a job is not committed before it is made, so one that is younger than the oldest row cannot have been cut
 * off. Only a job that outlived that many others is looked for in the manifests before, one read for each KEPT_JOBS
 * jobs, back to the time it was made (its id is a ULID). Those manifests exist as long as the grace period of the
 * collector, which is longer than any job may live; where they do not, the answer is not guessed: `conflict`
 * (`job_too_old`).
 */
export async function containedJob(
  log: ManifestLog,
  name: IndexName,
  draft: VersionDraft,
  job: string,
): Promise<CommittedJob | undefined> {
  const since = madeAt(job) - CLOCK_SKEW_MS;
  // What edits of this draft added stands at the end; the rest is what the base says.
  let rows: readonly CommittedJob[] = draft.jobs;
  let base = draft.base?.jobs ?? [];
  for (;;) {
    const found = rows.find(({ id }) => id === job);
    if (found) return found;
    const oldest = base[0];
    if (base.length < KEPT_JOBS || !oldest || oldest.committedAt < since) return undefined;
    // The oldest row's own version, because its group may have been cut apart here; there it is whole, and last.
    const earlier = await log.read(name, oldest.version);
    if (!earlier) {
      throw new QuarryError(
        'conflict',
        `job ${job} is older than what index "${name.index}" remembers, so it cannot be told whether it is contained: submit it as a new job`,
        { code: 'job_too_old', details: { job, index: name.index } },
      );
    }
    rows = base = earlier.jobs;
  }
}

/** ms since 1970; 0 for an id that is no ULID: it may be of any age. */
function madeAt(job: string): number {
  try {
    return decodeTime(job.slice(0, 26));
  } catch {
    return 0;
  }
}
