import type { FieldSpec, SegmentMeta } from '#libs/segment';
import type { RequestOptions } from '#libs/object-store';
import type { OpenedSegment } from './opened-segment.ts';
import type { CommittedJob, Manifest, SegmentEntry } from './manifest.ts';

/** An index by name: every object path begins with its tenant. Both are checked before any path is made of them. */
export interface IndexName {
  readonly tenant: string;
  readonly index: string;
}

/** What a client may say when an index is made. */
export interface IndexDefinition {
  readonly fields?: Readonly<Record<string, FieldSpec>>;
  readonly settings?: { readonly dynamic?: boolean | 'strict'; readonly maxFields?: number };
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

  /** Where a new segment of this index goes. */
  segmentKey(name: IndexName, segment: string): string;
  stagingKey(name: IndexName, job: string, file: string): string;

  /**
   * Opens segments, in the order given. What they read is bound to `options`: one search's counters, one search's signal.
   * Opening again is cheap: footers and bitmaps are cached.
   */
  open(entries: readonly SegmentEntry[], options?: OpenOptions): Promise<OpenedSegment[]>;
  openOne(entry: SegmentEntry, options?: OpenOptions): Promise<OpenedSegment>;
}
