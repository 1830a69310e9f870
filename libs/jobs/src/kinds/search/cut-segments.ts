import type { SegmentEntry } from '#libs/index';
import { place } from '../../runtime/placement.ts';

/** A shard of a search: the segments that one worker looks through in one task. */
export interface SearchTask {
  readonly segments: readonly string[];
  /** The worker in whose cache they had best lie. */
  readonly worker?: string;
}

/**
 * Bytes of segments for one task. Warm, a task of this size answers in milliseconds, so a smaller cut would cost more in
 * messages than it wins in parallelism; cold, its ranges are fetched together anyway.
 */
export const TASK_SEGMENT_BYTES = 512 * 1024 * 1024;
/** Each segment costs a few requests when cold, whatever its size. */
export const TASK_SEGMENTS = 64;
/** A worker is asked only where it has at least this share of a task to do: below, the message costs more than it spreads. */
const LEAST_SHARE = 1 / 8;

/**
 * Cuts by worker, then by cost, in manifest order: the same version and the same workers always give the same tasks.
 * @param workers ids of those that could be asked; with none the tasks are anybody's
 * @param taskBytes most bytes of segments in one task
 */
export function cutSegments(
  segments: readonly SegmentEntry[],
  workers: readonly string[] = [],
  taskBytes = TASK_SEGMENT_BYTES,
): SearchTask[] {
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const wanted = Math.max(1, Math.ceil(bytes / (taskBytes * LEAST_SHARE)));
  // A small index is one worker's, found by the key of all its segments' oldest.
  if (wanted === 1 || workers.length <= 1) return cutByCost(segments, taskBytes);
  const items = segments.map(({ id, bytes: weight }) => ({ key: id, weight }));
  const placed = place(items, workers);
  const byWorker = Map.groupBy(segments.keys(), (at) => placed[at]!);
  return [...byWorker].flatMap(([worker, its]) =>
    cutByCost(
      its.map((at) => segments[at]!),
      taskBytes,
    ).map((task) => ({ ...task, worker })),
  );
}

function cutByCost(segments: readonly SegmentEntry[], taskBytes: number): SearchTask[] {
  const tasks: SearchTask[] = [];
  let current: string[] = [];
  let bytes = 0;
  for (const segment of segments) {
    if (current.length > 0 && (bytes + segment.bytes > taskBytes || current.length >= TASK_SEGMENTS)) {
      tasks.push({ segments: current });
      current = [];
      bytes = 0;
    }
    current.push(segment.id);
    bytes += segment.bytes;
  }
  if (current.length > 0) tasks.push({ segments: current });
  return tasks;
}
