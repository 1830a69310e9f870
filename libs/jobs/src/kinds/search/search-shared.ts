import type { SearchStatistics } from '#libs/query';

/** JOB-5: all tasks search this version with these statistics. */
export interface SearchShared {
  readonly version: number;
  readonly statistics: SearchStatistics;
  /** Segments of the version that no task searches, since the index has none left to search. */
  readonly segments: number;
  /** Of those, the ones that no task looks at, since nothing of them can match; absent in plans of earlier releases. */
  readonly skipped?: number;
  /** ms since 1970: what `now` means in this search. */
  readonly now: number;
}
