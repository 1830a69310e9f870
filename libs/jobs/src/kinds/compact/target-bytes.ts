/** Larger segments gain a search little, and one task that rewrites them takes minutes. */
const TARGET_BYTES = 512 * 2 ** 20;
/**
 * Of the memory for indexing. A builder may hold half of it, and holds 1.6 (articles) to 2.7 times (short log lines) the
 * bytes of the segment that it makes, measured with 3 to 130 MB: so what fits the target becomes one segment.
 */
const MEMORY_SHARE = 0.18;

export const targetBytesOf = (memoryBytes: number, maxSegmentBytes = TARGET_BYTES): number =>
  Math.min(TARGET_BYTES, maxSegmentBytes, memoryBytes * MEMORY_SHARE);
