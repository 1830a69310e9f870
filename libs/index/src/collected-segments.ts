import { QuarryError } from '#libs/kernel';
import { ulidTime } from './ulid-time.ts';
import type { VersionDraft } from './version-draft.ts';

/**
 * GC-2: whether a collector may have deleted the segment, which the draft does not name. It says in a version of its own
 * which segments it gives up before it deletes the first, so whoever commits on top of that version knows, and whoever
 * does not, does not get the number.
 */
export function isCollected({ collectedBefore = 0 }: Pick<VersionDraft, 'collectedBefore'>, segment: string): boolean {
  const madeAt = ulidTime(segment);
  return madeAt !== undefined && madeAt < collectedBefore;
}

export const segmentCollected = (index: string, segment: string, job: string): QuarryError =>
  new QuarryError(
    'conflict',
    `segment ${segment} of job ${job} was given up as garbage of index "${index}" before it was committed: submit the job again`,
    { code: 'segment_collected', details: { index, segment, job } },
  );
