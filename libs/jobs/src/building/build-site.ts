import type { Clock, Ids } from '#libs/kernel';
import type { IndexCatalog, IndexSchema } from '#libs/index';
import type { TaskProgress } from '#libs/job-store';
import type { ObjectStore } from '#libs/object-store';
import type { FieldSpec } from '#libs/segment';
import type { TaskContext } from '../job-kind.ts';

/** The schema that a task writes under, which others extend at the same time. */
export interface SchemaSource {
  newest(): Promise<IndexSchema>;
  /** The schema that has them, committed; errors as `IndexCatalog.extendSchema`. */
  extend(fields: Readonly<Record<string, FieldSpec>>): Promise<IndexSchema>;
}

/** Where the segments of a task go. */
export interface SegmentOutput {
  newSegment(): Promise<{ readonly id: string; readonly key: string }>;
  /**
   * The chunks are its own: nobody looks at them afterwards. They are asked for one after the other, as the store takes them.
   * When it rejects, by the signal or because the chunks or the store failed, nothing of the object is left.
   */
  put(key: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
}

/**
 * All that building segments needs of the world, for one task. Whoever builds is given one and does no input or output
 * otherwise; so it runs as well in a thread, on a site that asks this one.
 */
export interface BuildSite {
  readonly task: number;
  readonly jobAttempt: number;
  readonly jobId: string;
  readonly memoryBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly schemas: SchemaSource;
  readonly output: SegmentOutput;
  readonly progress: (progress: TaskProgress) => void;
}

export interface BuildParts {
  readonly catalog: IndexCatalog;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** What one indexing task may hold, in bytes. */
  readonly memoryBytes: number;
}

/** The site of a task, over the catalog and the store of this process. */
export function buildSite({ catalog, store, clock, ids, memoryBytes }: BuildParts, context: TaskContext): BuildSite {
  const { task, jobAttempt, jobId, signal, progress } = context;
  return {
    task,
    jobAttempt,
    jobId,
    memoryBytes,
    clock,
    signal,
    progress,
    schemas: {
      newest: async () => (await catalog.snapshot(context, { consistency: 'strong' })).schema,
      extend: async (fields) => (await catalog.extendSchema(context, fields)).schema,
    },
    output: {
      newSegment: async () => {
        const id = ids.next();
        return { id, key: catalog.segmentKey(context, id) };
      },
      put: async (key, chunks, unwanted) => {
        await store.putStream(key, chunks, { signal: AbortSignal.any([signal, unwanted]) });
      },
    },
  };
}
