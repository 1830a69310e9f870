import type { IndexCatalog } from '#libs/index';
import type { Clock } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { threadEntry, ThreadPool, type ThreadEntry } from '#libs/threads';
import { searchThreadMemory, searchHost } from '../kinds/search/threaded-search.ts';

export interface SearchThreadsOptions {
  /** Threads that search, at most. */
  readonly threads: number;
  /** What all of them together may keep, in bytes. */
  readonly cacheBytes: number;
  /** A caching one, whose large bodies are in shared memory. */
  readonly store: Pick<ObjectStore, 'get' | 'getRanges'>;
  readonly catalog: Pick<IndexCatalog, 'version'>;
  readonly clock: Clock;
  readonly onLost: (reason: string) => void;
  /** Of tests. */
  readonly entry?: ThreadEntry;
}

/** Searches of one thread at once: while one waits for its bytes the other computes. */
const SEARCHES_PER_THREAD = 2;
/** Above it a search runs in the main thread: that is slow for all, but it ends. */
const MAX_WAITING = 256;
/** A thread is ended after so long without a search, with what it keeps: it costs some 15 MB. */
const IDLE_MS = 60_000;
/** A search looks every few ms whether it was cancelled; one that does not, for a bug of ours, is ended with its thread. */
const DEAF_AFTER_MS = 5_000;
/** Buckets, hits, code; what lies in typed arrays is not in the heap. */
const HEAP_MIB = 512;

/** Threads for the searches that would hold the event loop. */
export function openSearchThreads(options: SearchThreadsOptions): ThreadPool {
  const { threads, cacheBytes, store, catalog, clock, onLost, entry } = options;
  return new ThreadPool({
    entry: entry ?? threadEntry('./search.worker', import.meta.url),
    threads,
    callsPerThread: SEARCHES_PER_THREAD,
    maxWaiting: MAX_WAITING,
    idleMs: IDLE_MS,
    deafAfterMs: DEAF_AFTER_MS,
    limits: { maxOldGenerationSizeMb: HEAP_MIB },
    data: searchThreadMemory(Math.floor(cacheBytes / threads)),
    host: { ...searchHost(store, catalog) },
    clock,
    onLost,
  });
}
