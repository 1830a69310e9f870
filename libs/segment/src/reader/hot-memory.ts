import { LRUCache } from 'lru-cache';

const DEFAULT_BYTES = 64 * 2 ** 20;

/** Something parsed that is kept because it was used again. */
export interface HotEntry {
  /** What it holds, with the objects around it. */
  readonly bytes: number;
  /** It had to make room: its owner must not find it any more. */
  drop(): void;
}

function emptyCache(bytes: number): LRUCache<HotEntry, number> {
  return new LRUCache<HotEntry, number>({
    maxSize: Math.max(1, bytes),
    // What would take half of everything stays where its bytes are.
    maxEntrySize: Math.max(1, Math.floor(bytes / 2)),
    sizeCalculation: (size) => size,
    dispose: (_, entry, reason) => {
      if (reason !== 'set') entry.drop();
    },
  });
}

let hot = emptyCache(DEFAULT_BYTES);

/** What is kept parsed of all segments in this thread comes to at most, in bytes; what is kept so far is let go. 64 MiB unless said. */
export function limitHotUnits(bytes: number): void {
  hot.clear();
  hot = emptyCache(bytes);
}

/** Also for an entry that has grown. False: it is not kept. */
export function keepHot(entry: HotEntry): boolean {
  // The value is the size: the cache looks at sizes anew only where values differ.
  hot.set(entry, entry.bytes);
  return hot.has(entry);
}

/** It was used: others go first. */
export function touchHot(entry: HotEntry): void {
  hot.get(entry);
}
