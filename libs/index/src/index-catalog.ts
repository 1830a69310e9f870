import type { AnalysisSettings } from '#libs/analysis';
import type { FieldSpec, SegmentMeta } from '#libs/segment';
import type { RequestOptions } from '#libs/object-store';
import type { OpenedSegment } from './opened-segment.ts';
import type { Collected, CollectRequest } from './collect-garbage.ts';
import type { CommittedJob, Manifest, SegmentEntry } from './manifest.ts';

/** An index by name: every object path begins with its tenant. Both are checked before any path is made of them. */
export interface IndexName {
  readonly tenant: string;
  readonly index: string;
}

/** What a client may say when an index is made. */
export interface IndexDefinition {
  readonly fields?: Readonly<Record<string, FieldSpec>>;
  readonly settings?: {
    readonly dynamic?: boolean | 'strict';
    readonly maxFields?: number;
    readonly analysis?: AnalysisSettings;
  };
}

/** What a write job wants to become part of the index. */
export interface Change {
  readonly job: string;
  /** In the order of their source: where two segments of one job have the same `_id`, the later one wins. */
  readonly segments: readonly { readonly id: string; readonly key: string; readonly meta: SegmentMeta }[];
  /** `_id`s to delete (before the segments are added). */
  readonly deleteIds?: readonly string[];
  /**
   * The version that the job was planned on. Given, a change that was planned before the index was dropped and made anew
   * is refused with `conflict` (`index_recreated`) instead of bringing old documents into the new index.
   */
  readonly plannedAt?: number;
}

/** Segments that were rebuilt, to take the place of those they were made of. */
export interface Replacement {
  readonly job: string;
  /** The version that the inputs were read in, with its deletes. */
  readonly version: number;
  readonly groups: readonly MergedGroup[];
}

export interface MergedGroup {
  /** Ids, in the order in which they were read. */
  readonly inputs: readonly string[];
  /** Together, one after the other, the documents of the inputs that were live in that version, in their order. */
  readonly outputs: Change['segments'];
}

export interface Replaced {
  /** The version that contains it; with nothing replaced, the newest. */
  readonly version: number;
  /** Places of the groups that took effect. Of the others the outputs are garbage. */
  readonly replaced: readonly number[];
}

/** Documents by their places in one version, to be deleted where nobody has touched them since. */
export interface Deletion {
  readonly job: string;
  /** The version that the documents were found in, live. */
  readonly version: number;
  /** By id; bit d of `docs` is document d, ceil(docCount / 32) words. */
  readonly segments: readonly { readonly id: string; readonly docs: Uint32Array }[];
  /** When a document was replaced or deleted meanwhile: `abort` deletes none at all, `proceed` the others. */
  readonly conflicts: 'abort' | 'proceed';
}

/** Of the documents that were named and are not among the deleted, each was replaced or deleted by others meanwhile. */
export interface Deleted {
  /** The version that contains it; with nothing deleted, the newest. */
  readonly version: number;
  readonly deleted: number;
}

/** Whose requests these are: counted in `stats`, cancelled by `signal`. */
export type OpenOptions = RequestOptions;

export interface SnapshotOptions {
  readonly consistency: 'strong' | 'eventual';
  /** For `eventual`; default 5,000 ms. */
  readonly maxStalenessMs?: number;
  /** Wait (rolling forward) for at least this version; `timeout` (`version_not_reached`) when it does not come. */
  readonly minVersion?: number;
}

/**
 * The indexes of one bucket: which exist, what their newest version is, and how a new version comes to be (DESIGN §4).
 * Holds no state that matters: only caches. Errors: `not-found` (`index_not_found`, `version_not_found`), `conflict`
 * (`index_already_exists`, `schema_conflict`, `index_recreated`, `segment_already_committed`, `job_too_old`), `invalid`
 * (`bad_index_name`, `bad_tenant_name`, `bad_path`, `bad_field_name`, `too_many_fields`, `unknown_format`), `overloaded`
 * (`commit_contended`), `timeout` (`version_not_reached`), `corrupt`, and the store's.
 */
export interface IndexCatalog {
  create(name: IndexName, definition: IndexDefinition): Promise<Manifest>;
  list(tenant: string): Promise<{ index: string; manifest: Manifest }[]>;
  /** Everything that may be an index, of all tenants: dropped ones too, and folders with nothing but an upload. */
  names(): AsyncIterable<IndexName>;
  /** The newest version, which may say dropped; undefined when there has never been one. */
  newest(name: IndexName): Promise<Manifest | undefined>;
  /**
   * Writes the version that says dropped, then deletes the data. Dropping again finishes what an interrupted drop left;
   * where nothing is left it is `index_not_found`.
   */
  drop(name: IndexName): Promise<void>;

  /** JOB-5: the manifest that a search is pinned to. */
  snapshot(name: IndexName, options: SnapshotOptions): Promise<Manifest>;
  /** That very version, for tasks of a job that is pinned to it. `not-found` (`version_not_found`) when collected. */
  version(name: IndexName, version: number): Promise<Manifest>;

  /** Adds fields (or widens long to double) and answers the manifest that has them; `schema_conflict` when another type won. */
  extendSchema(name: IndexName, fields: Readonly<Record<string, FieldSpec>>): Promise<Manifest>;

  /**
   * JOB-4: makes the change part of the index, once: a job that a manifest already contains is answered with what was
   * recorded then. Changes that wait at the same time, from this process, become one version (group commit).
   */
  commit(name: IndexName, change: Change): Promise<CommittedJob>;

  /**
   * JOB-4: puts rebuilt segments in the place of those they were made of, once. What was deleted meanwhile stays deleted; a
   * group of which an input has gone is left out. Errors: `version_not_found` when `version` was collected; else as `commit`.
   */
  replace(name: IndexName, replacement: Replacement): Promise<Replaced>;

  /**
   * JOB-4, DEL-1: deletes documents that were found in an earlier version, once, wherever merges have moved them to; those
   * that were replaced or deleted since stay as they are. Errors: `conflict` (`version_conflict`) when some were and
   * `conflicts` is `abort`; `version_not_found` when a version since was collected; else as `commit`.
   */
  deleteDocs(name: IndexName, deletion: Deletion): Promise<Deleted>;

  /** Deletes what no version needs any more; whatever it leaves is found the next time. Any number may run at once. */
  collect(name: IndexName, request: CollectRequest): Promise<Collected>;

  /** Where a new segment of this index goes. */
  segmentKey(name: IndexName, segment: string): string;
  stagingKey(name: IndexName, job: string, file: string): string;

  /**
   * Opens segments, in the order given. What they read is bound to `options`: one search's counters, one search's signal.
   * Opening again is cheap: footers and bitmaps are cached.
   */
  open(entries: readonly SegmentEntry[], options?: OpenOptions): Promise<OpenedSegment[]>;
  openOne(entry: SegmentEntry, options?: OpenOptions): Promise<OpenedSegment>;
  /** As `openOne`, past the cache: for who reads a whole segment once and would only push out what searches need. */
  openUncached(entry: SegmentEntry, options?: OpenOptions): Promise<OpenedSegment>;
}
