import type { ErrorRecord } from '#libs/kernel';

/** What some tasks of a deletion by query found; JSON. Sorted by task and place, so the order of merging never shows. */
export interface DeleteByQueryPartial {
  readonly found: readonly FoundDocs[];
  readonly failed: readonly UnsearchedSegments[];
}

/** The matches of one segment. */
export interface FoundDocs {
  readonly task: number;
  /** Place of the segment in its task. */
  readonly place: number;
  /** Which attempt of the job found them: they are deleted under that attempt's name (JOB-4). */
  readonly jobAttempt: number;
  readonly segment: string;
  readonly matched: number;
  /** Those to delete, at most `maxDocs` of them, and how many words their set has; absent when there are none. */
  readonly docs?: { readonly packed: string; readonly words: number; readonly count: number };
}

/** Segments of a task that failed: nothing of them is deleted. */
export interface UnsearchedSegments {
  readonly segments: readonly string[];
  readonly error: ErrorRecord;
}

export const NOTHING_FOUND: DeleteByQueryPartial = { found: [], failed: [] };

export function mergeDeletePartials(a: DeleteByQueryPartial, b: DeleteByQueryPartial): DeleteByQueryPartial {
  return {
    found: [...a.found, ...b.found].toSorted((x, y) => x.task - y.task || x.place - y.place),
    failed: [...a.failed, ...b.failed].toSorted((x, y) => compare(x.segments[0]!, y.segments[0]!)),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What the attempts delete: the first `maxDocs` of what each found, in the order of tasks, less what earlier ones have taken. */
export function chosenBy(found: readonly FoundDocs[], attempts: number, maxDocs = Infinity): FoundDocs[][] {
  let left = maxDocs;
  return Array.from({ length: attempts }, (_, at) =>
    found
      .filter((each) => each.jobAttempt === at + 1 && each.docs)
      .flatMap((each) => {
        const count = Math.min(each.docs!.count, left);
        left -= count;
        return count === 0 ? [] : [{ ...each, docs: { ...each.docs!, count } }];
      }),
  );
}
