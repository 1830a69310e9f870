import type { SegmentEntry } from '#libs/index';

/** A shard of a search: the segments that one worker looks through in one task. */
export interface SearchTask {
  readonly segments: readonly string[];
}

/**
 * Bytes of segments for one task. Warm, a task of this size answers in milliseconds, so a smaller cut would cost more in
 * messages than it wins in parallelism; cold, its ranges are fetched together anyway.
 */
export const TASK_SEGMENT_BYTES = 512 * 1024 * 1024;
/** Each segment costs a few requests when cold, whatever its size. */
export const TASK_SEGMENTS = 64;

/** Cuts in manifest order, so that the same version always gives the same tasks. */
export function cutSegments(segments: readonly SegmentEntry[]): SearchTask[] {
  const tasks: SearchTask[] = [];
  let current: string[] = [];
  let bytes = 0;
  for (const segment of segments) {
    if (current.length > 0 && (bytes + segment.bytes > TASK_SEGMENT_BYTES || current.length >= TASK_SEGMENTS)) {
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
