import { searchThreadCount } from '#libs/jobs';

/**
 * How the bytes of QUARRY_CACHE_MEMORY are shared out; together no more than the setting. A sixteenth is
 * nobody's: the holes that malloc keeps between bodies that came and went grow with what is kept.
 */
export interface CacheShares {
  /** Of objects as they were read. */
  readonly bodies: number;
  /** Of hot units, parsed: most of them are views on bodies, and keep them alive when the cache of bodies has let go. */
  readonly parsed: number;
  /** Of opened segments' footers, and as much of bitmaps of deletes. */
  readonly opened: number;
  /** Of bitmaps of filters, and as much of what was found in single segments. */
  readonly results: number;
  /** Of all threads that search together, for what they parse and open themselves. */
  readonly threads: number;
  /** How many threads search: as many as asked for and this memory bears. 0: all searches run in the main thread. */
  readonly searchThreads: number;
}

const MiB = 2 ** 20;
/** Beyond it more of them win nothing. */
const MAX_RESULT_BYTES = 32 * MiB;

/** @param threads asked for */
export function cacheShares(bytes: number, threads: number): CacheShares {
  const sixteenths = (parts: number): number => Math.floor((bytes / 16) * parts);
  const searchThreads = searchThreadCount(threads, sixteenths(2));
  const forThreads = searchThreads === 0 ? 0 : sixteenths(2);
  return {
    bodies: sixteenths(9) - forThreads,
    parsed: sixteenths(3),
    opened: Math.max(1, sixteenths(1)),
    results: Math.max(1, Math.min(MAX_RESULT_BYTES, Math.floor(sixteenths(1) / 2))),
    threads: forThreads,
    searchThreads,
  };
}
