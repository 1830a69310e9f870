import type { ErrorKind } from '#libs/kernel';
import type { SegmentMeta } from '#libs/segment';
import { MAX_LISTED_ERRORS } from '../write-result.ts';

/** What some tasks of an import made; JSON. Merging keeps everything sorted by file and place, so order never matters. */
export interface ImportPartial {
  readonly segments: readonly ImportedSegment[];
  /** Documents refused. */
  readonly failed: number;
  /** The first MAX_LISTED_ERRORS by file and place. */
  readonly errors: readonly RecordError[];
  /** What each part that was read holds, so that a line number and a place within the file can be told. */
  readonly parts: readonly PartCounts[];
  readonly tasks: number;
  readonly failedTasks: number;
}

export interface ImportedSegment {
  readonly id: string;
  readonly key: string;
  readonly meta: SegmentMeta;
  readonly task: number;
  /** Which attempt of the job made it: it is committed under that attempt's name (JOB-4). */
  readonly jobAttempt: number;
}

export interface RecordError {
  readonly file: number;
  readonly name: string;
  /** Start of the part in the file, and the place within the part; -1 for an error of the whole file. */
  readonly from: number;
  readonly line: number;
  readonly item: number;
  /** Where it is not `invalid`: a task that failed for another reason than its documents. */
  readonly kind?: ErrorKind;
  readonly code: string;
  readonly detail: string;
  readonly id?: string;
}

export interface PartCounts {
  readonly file: number;
  readonly from: number;
  readonly lines: number;
  /** Documents and refused records together. */
  readonly records: number;
}

export const EMPTY_IMPORT: ImportPartial = {
  segments: [],
  failed: 0,
  errors: [],
  parts: [],
  tasks: 0,
  failedTasks: 0,
};

const byPlace = (a: RecordError, b: RecordError): number =>
  a.file - b.file || a.from - b.from || a.line - b.line || compare(a.code, b.code) || compare(a.detail, b.detail);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function mergeImportPartials(a: ImportPartial, b: ImportPartial): ImportPartial {
  return {
    segments: [...a.segments, ...b.segments].toSorted((x, y) => x.task - y.task || compare(x.id, y.id)),
    failed: a.failed + b.failed,
    errors: [...a.errors, ...b.errors].toSorted(byPlace).slice(0, MAX_LISTED_ERRORS),
    parts: [...a.parts, ...b.parts].toSorted((x, y) => x.file - y.file || x.from - y.from),
    tasks: a.tasks + b.tasks,
    failedTasks: a.failedTasks + b.failedTasks,
  };
}
