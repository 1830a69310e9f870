import type { Clock } from '#libs/kernel';
import { threadEntry, ThreadPool } from '#libs/threads';

export interface JobThreadsOptions {
  /** Threads that build segments, at most. */
  readonly threads: number;
  /** What one indexing task may hold, in bytes. */
  readonly indexMemoryBytes: number;
  readonly clock: Clock;
  readonly onLost: (reason: string) => void;
}

/** Tasks of one thread at once: while one waits for its bytes another computes. */
const BUILDS_PER_THREAD = 4;
/** The runtime bounds the tasks that it begins; this only bounds a mistake. */
const MAX_WAITING = 1024;
/** An indexing thread is ended after so long without work, with the memory that its heap has grown to. */
const IDLE_MS = 30_000;
/**
 * Beside the arenas, which are counted by the builder and lie outside of the heap: code, terms and ids as strings, a batch of
 * parsed documents.
 */
const HEAP_BASE_MIB = 512;

/** Threads for the tasks that build segments: imports and compactions. */
export function openBuildThreads({ threads, indexMemoryBytes, clock, onLost }: JobThreadsOptions): ThreadPool {
  return new ThreadPool({
    entry: threadEntry('./job.worker', import.meta.url),
    threads,
    callsPerThread: BUILDS_PER_THREAD,
    maxWaiting: MAX_WAITING,
    idleMs: IDLE_MS,
    limits: {
      maxOldGenerationSizeMb: HEAP_BASE_MIB + Math.ceil((BUILDS_PER_THREAD * indexMemoryBytes) / 2 ** 20),
    },
    clock,
    onLost,
  });
}
