/**
 * Which searches leave the main thread: those that would hold its event loop for longer than this, as far as is known when
 * the dictionaries have been read (libs/query, expected-work.ts). A thread costs a search 2 to 3 ms of CPU time more on a busy
 * machine, and up to half as much again where it makes many buckets, whose garbage a small heap collects often: what is
 * shorter has nothing to win. Of 45 kinds of searches over 50,000 articles in one segment, eleven are above it.
 */
export const THREAD_FROM_MS = 5;

export const belongsInThread = (expectedMs: number): boolean => expectedMs >= THREAD_FROM_MS;

/**
 * What one thread needs of the cache's memory at least, so that it keeps what a few searches use: with less for it, its
 * searches would be read and parsed anew each time.
 */
export const LEAST_THREAD_BYTES = 4 * 2 ** 20;

/** Threads that searches get: as many as asked for, and as the memory for them bears; 0: all run in the main thread. */
export const searchThreadCount = (threads: number, bytes: number): number =>
  Math.min(threads, Math.floor(bytes / LEAST_THREAD_BYTES));
