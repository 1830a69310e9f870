import type { DeletedDocs } from '#libs/segment';
import { markDeleted, type DocBits } from './doc-bits.ts';
import type { CommittedJob, IndexSchema, Manifest, SegmentEntry } from './manifest.ts';
import type { StoredManifest } from './stored-manifest.ts';

/**
 * The latest jobs a manifest names. A limit of its size, not of memory: a job that may be older is looked up in the
 * manifests before (contained-job.ts). 500 rows are about 35 KB of each manifest, and at one commit a second they cover
 * eight minutes, which is more than the usual redelivery takes.
 */
export const KEPT_JOBS = 500;

export const NO_SCHEMA: IndexSchema = { fields: {}, dynamic: true, maxFields: 0 };

/** A segment of the next version. `deleted` is present where this version deletes more than the one before. */
export interface DraftSegment {
  readonly entry: SegmentEntry;
  readonly deleted?: DeletedDocs;
}

/**
 * The next version while edits are folded into it. Immutable: an edit answers a new draft, so one that fails halfway
 * leaves nothing behind for the edits that share its version.
 */
export interface VersionDraft {
  /** Undefined when the index has never been. */
  readonly base: StoredManifest | undefined;
  readonly version: number;
  readonly createdAt: number;
  readonly dropped: boolean;
  readonly incarnation: number;
  readonly schema: IndexSchema;
  /** By id, in the order of their arrival. */
  readonly segments: ReadonlyMap<string, DraftSegment>;
  readonly jobs: readonly CommittedJob[];
  readonly collectedBefore?: number;
}

/**
 * One step of a new version. Runs again on another base when somebody else made the version first: no effects but
 * caching. `answer` is what its caller gets once the version exists.
 */
export type Edit<R> = (draft: VersionDraft) => Promise<EditedDraft<R>>;

export interface EditedDraft<R> {
  /** The very draft that was handed in: there is nothing to change. */
  readonly draft: VersionDraft;
  readonly answer: (manifest: Manifest | undefined) => R;
}

export function draftAfter(base: StoredManifest | undefined, now: number): VersionDraft {
  return {
    base,
    version: (base?.version ?? 0) + 1,
    createdAt: now,
    dropped: base?.dropped ?? true,
    incarnation: base?.incarnation ?? 1,
    schema: base?.schema ?? NO_SCHEMA,
    segments: new Map(base?.segments.map((entry) => [entry.id, { entry }])),
    jobs: base?.jobs ?? [],
    ...(base?.collectedBefore !== undefined && { collectedBefore: base.collectedBefore }),
  };
}

const FORMAT_1: ReadonlySet<string> = new Set(['type', 'analyzer', 'ignoreAbove', 'source', 'dynamic']);

const needsFormat3 = ({ fields, analysis }: IndexSchema): boolean =>
  analysis !== undefined || Object.values(fields).some((spec) => Object.keys(spec).some((key) => !FORMAT_1.has(key)));

/** The draft as it is stored; `deletes` has the entry of each segment whose bitmap this version changes. */
export function manifestOf(
  draft: VersionDraft,
  commit: string,
  deletes: ReadonlyMap<string, { key: string; count: number }>,
): StoredManifest {
  return {
    format: needsFormat3(draft.schema) ? 3 : draft.collectedBefore === undefined ? 1 : 2,
    version: draft.version,
    commit,
    incarnation: draft.incarnation,
    createdAt: draft.createdAt,
    dropped: draft.dropped,
    schema: draft.schema,
    segments: [...draft.segments.values()].map(({ entry }) => {
      const changed = deletes.get(entry.id);
      // What the segment superseded itself is part of its deletes now.
      return { ...entry, superseded: [], ...(changed && { deletes: changed }) };
    }),
    jobs: draft.jobs.slice(-KEPT_JOBS),
    ...(draft.collectedBefore !== undefined && { collectedBefore: draft.collectedBefore }),
  };
}

/** Documents of a segment that the draft shows. */
export const liveDocs = ({ entry, deleted }: DraftSegment): number =>
  entry.docCount - (deleted?.deletedCount ?? entry.deletes?.count ?? 0);

/** The segment with these documents deleted too, and how many of them were not before. */
export async function withDeleted(
  segment: DraftSegment,
  docs: DocBits,
  stored: (entry: SegmentEntry) => Promise<DeletedDocs | undefined>,
): Promise<{ segment: DraftSegment; added: number }> {
  if (!docs) return { segment, added: 0 };
  const before = segment.deleted ?? (await stored(segment.entry));
  const { deleted, added } = markDeleted(before, segment.entry.docCount, docs);
  return added === 0 ? { segment, added } : { segment: { entry: segment.entry, deleted }, added };
}
