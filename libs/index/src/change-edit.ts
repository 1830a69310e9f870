import pLimit from 'p-limit';
import { compareCodePoints, QuarryError, Yielder, type Clock } from '#libs/kernel';
import { containedJob } from './contained-job.ts';
import { checkFieldTypes } from './check-field-types.ts';
import { isCollected, segmentCollected } from './collected-segments.ts';
import type { Change, IndexName } from './index-catalog.ts';
import type { ManifestLog } from './manifest-log.ts';
import type { CommittedJob, SegmentEntry } from './manifest.ts';
import { docBitsOf, type DocBits } from './doc-bits.ts';
import { docsWithIds, replacedDocs, type ResolvableSegment } from './replaced-docs.ts';
import type { SegmentOpener } from './segment-opener.ts';
import { liveDocs, withDeleted, type DraftSegment, type Edit, type VersionDraft } from './version-draft.ts';

/** Older segments resolved at the same time: each waits for its own id blocks. */
const RESOLVED_AT_ONCE = 8;

export interface ChangeParts {
  readonly log: ManifestLog;
  readonly opener: SegmentOpener;
  readonly clock: Clock;
  /** The error for an index that is not there. */
  readonly missing: () => Promise<QuarryError>;
}

/**
 * JOB-4: the change as an edit. Deletes are resolved against every segment of the draft; what was resolved is kept for
 * the next attempt (segments are immutable), so a rebase looks only at the segments that arrived meanwhile.
 */
export function changeEdit(parts: ChangeParts, name: IndexName, change: Change): Edit<CommittedJob> {
  const resolving = new ChangeResolver(parts, change);
  return async (draft) => {
    const contained = await containedJob(parts.log, name, draft, change.job);
    if (contained) return { draft, answer: () => contained };
    if (draft.dropped) throw await parts.missing();
    checkBelongs(draft, name, change);
    checkFieldTypes(draft.schema, change.segments);
    const { segments, indexed, updated, deleted } = await resolving.apply(draft);
    const done: CommittedJob = {
      id: change.job,
      version: draft.version,
      indexed,
      updated,
      deleted,
      committedAt: draft.createdAt,
    };
    return { draft: { ...draft, segments, jobs: [...draft.jobs, done] }, answer: () => done };
  };
}

function checkBelongs(draft: VersionDraft, name: IndexName, change: Change): void {
  if (change.plannedAt !== undefined && change.plannedAt < draft.incarnation) {
    throw new QuarryError(
      'conflict',
      `index "${name.index}" was dropped and made anew after job ${change.job} was planned: submit it again`,
      { code: 'index_recreated', details: { index: name.index, job: change.job } },
    );
  }
  const ids = new Set(draft.segments.keys());
  for (const { id } of change.segments) {
    if (ids.has(id)) {
      throw new QuarryError('conflict', `segment ${id} of job ${change.job} is part of index "${name.index}" already`, {
        code: 'segment_already_committed',
        details: { segment: id, job: change.job },
      });
    }
    if (isCollected(draft, id)) throw segmentCollected(name.index, id, change.job);
    ids.add(id);
  }
}

class ChangeResolver {
  private readonly resolved = new Map<string, Promise<DocBits>>();
  private readonly limit = pLimit(RESOLVED_AT_ONCE);
  private readonly yielder: Yielder;
  private readonly entries: readonly SegmentEntry[];
  private deleteIds: readonly string[] | undefined;

  constructor(
    private readonly parts: ChangeParts,
    private readonly change: Change,
  ) {
    this.yielder = new Yielder(parts.clock);
    this.entries = change.segments.map(({ id, key, meta }) => ({ ...meta, id, key, job: change.job }));
  }

  /** The deletes come first, so a document that the change both deletes and adds is there afterwards. */
  async apply(draft: VersionDraft): Promise<{
    segments: Map<string, DraftSegment>;
    indexed: number;
    updated: number;
    deleted: number;
  }> {
    const segments = new Map(draft.segments);
    const ids = (this.deleteIds ??= [...new Set(this.change.deleteIds)].toSorted(compareCodePoints));
    const removed =
      ids.length === 0
        ? []
        : await this.deleteFrom(segments, 'ids', (older) => docsWithIds(ids, this.resolvable(older), this.yielder));
    let deleted = 0;
    for (const { added } of removed) deleted += added;

    let updated = 0;
    for (const entry of this.entries) {
      // Read before it is committed: a version never names a segment that cannot be opened.
      const newer = this.resolvable(entry);
      await newer.open();
      const replaced = await this.deleteFrom(segments, entry.id, (older) =>
        replacedDocs(newer, this.resolvable(older), this.yielder),
      );
      for (const { job, added } of replaced) if (job !== this.change.job) updated += added;
      const { segment } = await withDeleted(
        { entry },
        docBitsOf(entry.docCount, entry.superseded),
        async () => undefined,
      );
      segments.set(entry.id, segment);
    }
    let indexed = 0;
    for (const { id } of this.entries) indexed += liveDocs(segments.get(id)!);
    // Nobody will find anything in a segment whose documents are all deleted.
    for (const [id, segment] of segments) if (liveDocs(segment) === 0) segments.delete(id);
    return { segments, indexed, updated, deleted };
  }

  /** Marks in every segment so far what `find` finds; answers how many of each job's documents that were. */
  private async deleteFrom(
    segments: Map<string, DraftSegment>,
    by: string,
    find: (older: SegmentEntry) => Promise<DocBits>,
  ): Promise<{ job: string; added: number }[]> {
    const stored = (entry: SegmentEntry) => this.parts.opener.deleted(entry);
    return Promise.all(
      [...segments.values()].map((older) =>
        this.limit(async () => {
          const docs = await this.once(`${by}|${older.entry.id}`, () => find(older.entry));
          const { segment, added } = await withDeleted(older, docs, stored);
          segments.set(segment.entry.id, segment);
          return { job: older.entry.job, added };
        }),
      ),
    );
  }

  private once(key: string, find: () => Promise<DocBits>): Promise<DocBits> {
    const known = this.resolved.get(key);
    if (known) return known;
    const found = find();
    this.resolved.set(key, found);
    found.catch(() => this.resolved.delete(key));
    return found;
  }

  private resolvable(entry: SegmentEntry): ResolvableSegment {
    return { entry, open: () => this.parts.opener.reader(entry) };
  }
}
