import type { ObjectStore } from '#libs/object-store';

/**
 * The port to where exports may be written. The app decides which places there are. Throws `invalid` (`bad_target`) for a
 * URL that is malformed, and `forbidden` (`target_not_allowed`) for one that is never to be written.
 */
export interface TargetOpener {
  /** `file:///folder` or `s3://bucket/prefix`: a folder, whatever stands at its end. */
  open(url: string): Promise<OpenedTarget>;
}

export interface OpenedTarget {
  readonly store: ObjectStore;
  /** The key of a file of the export. */
  keyOf(file: string): string;
  /** What its files' keys begin with; empty when the store is the target's alone. */
  readonly prefix: string;
  urlOf(file: string): string;
}

/** Written last, and only when nothing is missing: where it is, the export is whole. */
export const MANIFEST_FILE = '_manifest.json';
/** Names the job that writes here; gone when the manifest is there. */
export const STARTED_FILE = '_started.json';
