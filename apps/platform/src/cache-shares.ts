/** How the bytes of QUARRY_CACHE_MEMORY are shared out; together no more than the setting. */
export interface CacheShares {
  /** Of objects as they were read. */
  readonly bodies: number;
  /** Of hot units, parsed: most of them are views on bodies, and keep them alive when the cache of bodies has let go. */
  readonly parsed: number;
  /** Of opened segments' footers, and as much of bitmaps of deletes. */
  readonly opened: number;
}

export const cacheShares = (bytes: number): CacheShares => ({
  bodies: Math.floor((bytes * 5) / 8),
  parsed: Math.floor(bytes / 4),
  opened: Math.max(1, Math.floor(bytes / 16)),
});
