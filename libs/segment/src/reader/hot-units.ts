import { LRUCache } from 'lru-cache';
import type { UnitRange } from '../unit.ts';

const DEFAULT_BYTES = 64 * 2 ** 20;
/** Places of a segment that are remembered as read once. */
const MAX_SEEN = 8192;
/** Of an entry, its places in two maps, and the objects around a parsed unit. */
const ENTRY_BYTES = 400;

interface HotUnit {
  readonly parsed: object;
  readonly bytes: number;
  readonly offset: number;
  readonly owner: HotUnits;
}

function emptyCache(bytes: number): LRUCache<HotUnit, true> {
  return new LRUCache<HotUnit, true>({
    maxSize: Math.max(1, bytes),
    // A unit that would take half of everything stays where its bytes are.
    maxEntrySize: Math.max(1, Math.floor(bytes / 2)),
    sizeCalculation: (_, unit) => unit.bytes,
    dispose: (_, unit) => unit.owner.forget(unit),
  });
}

let hot = emptyCache(DEFAULT_BYTES);

/** What the parsed units of all segments come to at most in this thread, in bytes; what is kept so far is let go. 64 MiB unless said. */
export function limitHotUnits(bytes: number): void {
  hot.clear();
  hot = emptyCache(bytes);
}

/**
 * The parsed units of one segment that were used last, found by their place alone: a warm query asks some fifteen units,
 * and asking the store's cache for each costs it more than its scoring. The bound is the thread's, for all segments. What
 * is read for the first time is not kept yet, so that a walk over all documents sweeps nothing out.
 */
export class HotUnits {
  private readonly byOffset = new Map<number, HotUnit>();
  private readonly seen = new Set<number>();

  get(offset: number): object | undefined {
    const unit = this.byOffset.get(offset);
    if (unit === undefined) return undefined;
    hot.get(unit);
    return unit.parsed;
  }

  /** @param bytes that it holds, with the unit's own */
  put({ offset }: UnitRange, parsed: object, bytes: number): void {
    if (this.byOffset.has(offset)) return;
    if (!this.seen.delete(offset)) {
      if (this.seen.size === MAX_SEEN) this.seen.clear();
      this.seen.add(offset);
      return;
    }
    const unit = { parsed, offset, bytes: bytes + ENTRY_BYTES, owner: this };
    hot.set(unit, true);
    if (hot.has(unit)) this.byOffset.set(offset, unit);
  }

  forget(unit: HotUnit): void {
    if (this.byOffset.get(unit.offset) === unit) this.byOffset.delete(unit.offset);
  }
}
