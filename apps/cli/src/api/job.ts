/** The job object of the HTTP API. Times are ISO 8601. */
export interface Job<R = unknown> {
  readonly id: string;
  readonly kind: string;
  readonly index: string;
  readonly state: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly progress: { readonly total: number; readonly done: number; readonly failed: number };
  readonly work?: { readonly doneBytes: number; readonly totalBytes: number; readonly documents: number };
  readonly coverage?: number;
  readonly partial?: R;
  readonly result?: R;
  readonly error?: { readonly code: string; readonly title: string; readonly detail: string };
  readonly receipt?: unknown;
}

const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'expired']);
export const hasEnded = (job: Pick<Job, 'state'>): boolean => ENDED.has(job.state);

/** The result of a job that writes. `errors` are the first few; `failed` counts all. */
export interface WriteResult {
  readonly indexed: number;
  readonly updated: number;
  readonly deleted: number;
  readonly failed: number;
  readonly errors: readonly WriteError[];
  readonly version: number;
  readonly segments: number;
}

export interface DeletionResult extends WriteResult {
  readonly matched: number;
  readonly versionConflicts: number;
  readonly dryRun: boolean;
}

/** What an export has written. */
export interface ExportResult {
  readonly version: number;
  readonly documents: number;
  readonly bytes: number;
  readonly format: string;
  readonly compression: string;
  readonly target?: string;
  readonly manifest?: string;
  readonly parts: readonly { readonly name: string }[];
  /** Parts that are missing. */
  readonly failed: number;
  readonly errors: readonly WriteError[];
}

export interface WriteError {
  readonly item?: number;
  readonly file?: string;
  readonly line?: number;
  readonly code: string;
  readonly detail: string;
}
