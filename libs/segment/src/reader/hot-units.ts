import type { UnitRange } from '../unit.ts';
import { keepHot, touchHot, type HotEntry } from './hot-memory.ts';

/** Places of a segment that are remembered as read once. */
const MAX_SEEN = 8192;
/** Of an entry, its places in two maps, and the objects around a parsed unit. */
const ENTRY_BYTES = 400;

/**
 * The parsed units of one segment that were used last, found by their place alone: a warm query asks some fifteen units,
 * and asking the store's cache for each costs it more than its scoring. The bound is the thread's, for all segments
 * (`limitHotUnits`). What is read for the first time is not kept yet, so that a walk over all documents sweeps nothing out.
 */
export class HotUnits {
  private readonly byOffset = new Map<number, HotUnit>();
  private readonly seen = new Set<number>();

  get(offset: number): object | undefined {
    const unit = this.byOffset.get(offset);
    if (unit === undefined) return undefined;
    touchHot(unit);
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
    const unit = new HotUnit(parsed, bytes + ENTRY_BYTES, offset, this.byOffset);
    this.byOffset.set(offset, unit);
    if (!keepHot(unit)) unit.drop();
  }
}

class HotUnit implements HotEntry {
  constructor(
    readonly parsed: object,
    readonly bytes: number,
    private readonly offset: number,
    private readonly home: Map<number, HotUnit>,
  ) {}

  drop(): void {
    if (this.home.get(this.offset) === this) this.home.delete(this.offset);
  }
}
