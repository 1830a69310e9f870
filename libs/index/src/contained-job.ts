import { QuarryError } from '#libs/kernel';
import type { IndexName } from './index-catalog.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { CommittedJob } from './manifest.ts';
import type { StoredManifest } from './stored-manifest.ts';
import { ulidTime } from './ulid-time.ts';
import { KEPT_JOBS, type VersionDraft } from './version-draft.ts';

/** How far the clocks of two machines may lie apart before a job is looked for too briefly. */
const CLOCK_SKEW_MS = 15 * 60_000;
/** Versions. Within so many commits, the history that a job is looked for in is the same. */
const STRIDE = 16;

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
  // What edits of this draft added stands behind what its base says.
  const known = rowOf(draft.jobs, job);
  if (known || !draft.base) return known;
  // An id that is no ULID may be of any age.
  const since = (ulidTime(job) ?? 0) - CLOCK_SKEW_MS;
  for (let at = draft.base; mayHaveBeenCut(at, since);) {
    const earlier = await before(log, name, at);
    if (!earlier) {
      throw new QuarryError(
        'conflict',
        `job ${job} is older than what index "${name.index}" remembers, so it cannot be told whether it is contained: submit it as a new job`,
        { code: 'job_too_old', details: { job, index: name.index } },
      );
    }
    const found = rowOf(earlier.jobs, job);
    if (found) return found;
    at = earlier;
  }
  return undefined;
}

const rowOf = (rows: readonly CommittedJob[], job: string): CommittedJob | undefined =>
  rows.find(({ id }) => id === job);

const mayHaveBeenCut = ({ jobs }: StoredManifest, since: number): boolean =>
  jobs.length >= KEPT_JOBS && jobs[0]!.committedAt >= since;

/**
 * A version whose rows reach further back and leave no gap: one of every STRIDE where that will do, because the next
 * commit will want the same and find it in memory; else that of the oldest row itself, where its group is whole.
 */
export async function before(
  log: ManifestLog,
  name: IndexName,
  at: StoredManifest,
): Promise<StoredManifest | undefined> {
  const oldest = at.jobs[0]!.version;
  const aligned = Math.ceil(oldest / STRIDE) * STRIDE;
  if (aligned < at.version) {
    const earlier = await log.read(name, aligned);
    if (earlier && (earlier.jobs.length < KEPT_JOBS || earlier.jobs[0]!.version < oldest)) return earlier;
  }
  return log.read(name, oldest);
}
