import type { ErrorRecord } from '#libs/kernel';
import type { ExportedPart } from './export-spec.ts';

/** What some tasks of an export wrote; JSON. Sorted, so the order of merging never shows. */
export interface ExportPartial {
  /** Tasks that have ended well; those in which nothing matched have no part. */
  readonly done: number;
  readonly parts: readonly ExportedPart[];
  readonly failed: readonly { readonly task: string; readonly error: ErrorRecord }[];
}

export const NOTHING_WRITTEN: ExportPartial = { done: 0, parts: [], failed: [] };

export function mergeExportPartials(a: ExportPartial, b: ExportPartial): ExportPartial {
  return {
    done: a.done + b.done,
    parts: [...a.parts, ...b.parts].toSorted((x, y) => compare(x.name, y.name)),
    failed: [...a.failed, ...b.failed].toSorted((x, y) => compare(x.task, y.task)),
  };
}

/** Names of more than five digits come last. */
const compare = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
