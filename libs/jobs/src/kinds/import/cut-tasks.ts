import type { SourceFile } from './expand-sources.ts';

/** The bytes [from, to) of a file: the records that begin there. */
export interface FilePart extends SourceFile {
  /** Place of the file among all files of the job: part of the `_id`s that are made. */
  readonly file: number;
  readonly from: number;
  readonly to: number;
}

/** A shard of an import: what one worker turns into segments in one task. */
export interface ImportTask {
  readonly parts: readonly FilePart[];
}

/**
 * Bytes of source for one task. Small enough that a killed worker costs seconds of repeated work and that several workers
 * share one large file, large enough that an import does not leave many small segments behind.
 */
export const TASK_SOURCE_BYTES = 64 * 1024 * 1024;
/** So that a folder of tiny files does not become one endless task. */
export const TASK_FILES = 5_000;
/** What a compressed byte is counted as: text compresses to about a quarter. */
const COMPRESSED_WEIGHT = 4;

/** Only a line-based, uncompressed format has places where a reader can start. CSV has not: a quoted field may hold lines. */
const splittable = (file: SourceFile): boolean => file.format === 'ndjson' && file.compression === 'none';

/** In source order; deterministic. */
export function cutTasks(files: readonly SourceFile[], taskBytes = TASK_SOURCE_BYTES): ImportTask[] {
  const tasks: ImportTask[] = [];
  let parts: FilePart[] = [];
  let weight = 0;
  const close = (): void => {
    if (parts.length > 0) tasks.push({ parts });
    parts = [];
    weight = 0;
  };
  for (const [file, source] of files.entries()) {
    for (const [from, to] of cutFile(source, taskBytes)) {
      const cost = (to - from) * (source.compression === 'none' ? 1 : COMPRESSED_WEIGHT);
      if (parts.length > 0 && (weight + cost > taskBytes || parts.length >= TASK_FILES)) close();
      parts.push({ ...source, file, from, to });
      weight += cost;
    }
  }
  close();
  return tasks;
}

function cutFile(source: SourceFile, taskBytes: number): [number, number][] {
  if (!splittable(source) || source.size <= taskBytes) return [[0, source.size]];
  const count = Math.ceil(source.size / taskBytes);
  const step = Math.ceil(source.size / count);
  return Array.from({ length: count }, (_, i) => [i * step, Math.min(source.size, (i + 1) * step)]);
}
