import type { AnalysisSettings } from '#libs/analysis';
import type { FieldSpec, SegmentMeta } from '#libs/segment';

/**
 * One version of an index: everything a reader needs to know. Immutable once created (MAN-1). JSON in the object store;
 * `format` is the layout's version, and a reader refuses one it does not know.
 */
export interface Manifest {
  readonly format: ManifestFormat;
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  /** ms since 1970. */
  readonly createdAt: number;
  /** True: the index was dropped; a later version may create it anew. */
  readonly dropped: boolean;
  readonly schema: IndexSchema;
  readonly segments: readonly SegmentEntry[];
  /**
   * GC-2: segments made before (ms since 1970, by the time in their ULID) that this version does not name have been given
   * up to a collector, and can no longer be committed. Absent until a collector has been; then the format is 2.
   */
  readonly collectedBefore?: number;
  /** The latest write jobs this version contains, oldest first (JOB-4), with what they did. At most KEPT_JOBS. */
  readonly jobs: readonly CommittedJob[];
}

/** A manifest is written in the lowest format that can say it. */
export type ManifestFormat = 1 | 2 | 3;

export interface IndexSchema {
  readonly fields: Readonly<Record<string, FieldSpec>>;
  /** true: unknown fields are added as they come; false: kept in `_source` only; "strict": the document is refused. */
  readonly dynamic: boolean | 'strict';
  /** More than so many fields refuse the document that would add them. */
  readonly maxFields: number;
  /** The analyzers of its own; as they were when the index was made, for ever (ANA-1). */
  readonly analysis?: AnalysisSettings;
}

export interface SegmentEntry extends SegmentMeta {
  readonly id: string;
  readonly key: string;
  /** The job that wrote it. */
  readonly job: string;
  /** Also those that the segment superseded itself: `superseded` is empty in a manifest. */
  readonly deletes?: { readonly key: string; readonly count: number };
}

export interface CommittedJob {
  readonly id: string;
  readonly version: number;
  readonly indexed: number;
  readonly updated: number;
  readonly deleted: number;
  readonly committedAt: number;
}
