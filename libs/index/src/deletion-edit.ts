import { assert, QuarryError, Yielder, type Clock } from '#libs/kernel';
import { containedJob } from './contained-job.ts';
import { countDocs } from './doc-bits.ts';
import type { Deleted, Deletion, IndexName } from './index-catalog.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { SegmentEntry } from './manifest.ts';
import { MovedDocs } from './moved-docs.ts';
import type { SegmentOpener } from './segment-opener.ts';
import { liveDocs, withDeleted, type DraftSegment, type Edit, type VersionDraft } from './version-draft.ts';

export interface DeletionParts {
  readonly log: ManifestLog;
  readonly opener: SegmentOpener;
  readonly clock: Clock;
  /** The error for an index that is not there. */
  readonly missing: () => Promise<QuarryError>;
}

/** JOB-4, DEL-1: a deletion as an edit. Where nothing is left to delete there is no new version. */
export function deletionEdit(parts: DeletionParts, name: IndexName, deletion: Deletion): Edit<Deleted> {
  const { log, opener } = parts;
  const yielder = new Yielder(parts.clock);
  const stored = (entry: SegmentEntry) => opener.deleted(entry);
  const asked = deletion.segments.reduce((sum, { docs }) => sum + countDocs(docs), 0);
  return async (draft) => {
    const contained = await containedJob(log, name, draft, deletion.job);
    if (contained) {
      const { version, deleted } = contained;
      return { draft, answer: () => ({ version, deleted }) };
    }
    if (draft.dropped) throw await parts.missing();
    checkBelongs(draft, name, deletion);
    const moved = new MovedDocs({ log, opener, yielder }, name, draft);
    const segments = new Map(draft.segments);
    let deleted = 0;
    for (const { id, docs } of deletion.segments) {
      for (const [place, bits] of await moved.find(id, docs, deletion.version)) {
        const now = segments.get(place)!;
        assert(bits.length === Math.ceil(now.entry.docCount / 32), `the documents to delete are those of ${place}`);
        const { segment, added } = await withDeleted(now, bits, stored);
        segments.set(place, segment);
        deleted += added;
      }
    }
    if (deleted < asked && deletion.conflicts === 'abort') throw versionConflict(name, deletion, asked, deleted);
    if (deleted === 0) return { draft, answer: () => ({ version: draft.version - 1, deleted }) };
    return settled(draft, segments, deletion.job, deleted);
  };
}

function settled(
  draft: VersionDraft,
  segments: Map<string, DraftSegment>,
  job: string,
  deleted: number,
): Awaited<ReturnType<Edit<Deleted>>> {
  // Nobody will find anything in a segment whose documents are all deleted.
  for (const [id, segment] of segments) if (liveDocs(segment) === 0) segments.delete(id);
  const { version } = draft;
  const done = { id: job, version, indexed: 0, updated: 0, deleted, committedAt: draft.createdAt };
  return {
    draft: { ...draft, segments, jobs: [...draft.jobs, done] },
    answer: () => ({ version, deleted }),
  };
}

function checkBelongs(draft: VersionDraft, { index }: IndexName, { job, version }: Deletion): void {
  if (version >= draft.incarnation) return;
  throw new QuarryError(
    'conflict',
    `index "${index}" was dropped and made anew after job ${job} was planned: submit it again`,
    { code: 'index_recreated', details: { index, job } },
  );
}

function versionConflict({ index }: IndexName, { version }: Deletion, asked: number, left: number): QuarryError {
  const changed = asked - left;
  return new QuarryError(
    'conflict',
    `${changed} of the ${asked} documents to delete from "${index}" were replaced or deleted by others since version ${version}, so none was deleted: ask again, or with conflicts "proceed" to leave those alone`,
    { code: 'version_conflict', details: { index, version, documents: asked, versionConflicts: changed } },
  );
}
