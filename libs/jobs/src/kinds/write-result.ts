/** The result of every job that writes (DESIGN §6). `errors` is capped, the counts are not. */
export interface WriteResult {
  /** Documents written, new ones and replacements together. */
  readonly indexed: number;
  /** Of these, how many replaced a document with the same `_id`. */
  readonly updated: number;
  readonly deleted: number;
  /** Documents refused. */
  readonly failed: number;
  readonly errors: readonly WriteError[];
  /** The first version of the index that contains all of it. */
  readonly version: number;
  /** Segments made. */
  readonly segments: number;
}

export interface WriteError {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** Place in the submission, from 0, for documents that came in a request. */
  readonly item?: number;
  /** Byte offset of the record in the (uncompressed) file, where a line number cannot be told. */
  readonly offset?: number;
  readonly id?: string;
  readonly code: string;
  readonly detail: string;
}

/** Errors listed in a result; more are only counted. */
export const MAX_LISTED_ERRORS = 100;
