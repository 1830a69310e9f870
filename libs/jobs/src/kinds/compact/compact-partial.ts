import type { ErrorRecord } from '#libs/kernel';
import type { ImportedSegment } from '../import/import-partial.ts';

/** What some tasks of a compaction made; JSON. Sorted by task, so the order of merging never shows. */
export interface CompactPartial {
  readonly groups: readonly RebuiltGroup[];
  readonly failed: readonly ErrorRecord[];
}

export interface RebuiltGroup {
  readonly task: number;
  /** Which attempt of the job rebuilt it: it is committed under that attempt's name (JOB-4). */
  readonly jobAttempt: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly ImportedSegment[];
  readonly bytesBefore: number;
  readonly documents: number;
  readonly purged: number;
}

export const EMPTY_COMPACTION: CompactPartial = { groups: [], failed: [] };

export function mergeCompactPartials(a: CompactPartial, b: CompactPartial): CompactPartial {
  return {
    groups: [...a.groups, ...b.groups].toSorted((x, y) => x.task - y.task),
    failed: [...a.failed, ...b.failed].toSorted((x, y) => compare(x.message, y.message)),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
