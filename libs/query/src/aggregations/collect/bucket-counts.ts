import { MAX_BUCKETS, tooManyBuckets } from '../agg-limits.ts';
import type { AggPlan } from '../plan/agg-plan.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { GrowingDocs } from './growing-docs.ts';
import type { AggPartials, Slot } from '../agg-partial.ts';

/** Stands for documents without a value; no key is NaN. */
export const MISSING = Number.NaN;

/** Buckets of all owners, by key: numbers, which are ordinals or places where counting is dense. */
export interface BucketCounts {
  count(doc: number, owner: number, key: number): void;
  /** Collects what is below, too. Call once, after the last document. */
  close(context: CollectContext): ClosedBuckets;
}
export interface ClosedBuckets {
  /** The keys that the owner has documents of; MISSING may be among them. */
  keys(owner: number): number[];
  slot(owner: number, key: number): Slot;
}

/** Cells of a dense table, at most, unless there are that many documents anyway. */
const SMALL_TABLE = 1 << 16;
const LARGEST_TABLE = 1 << 22;
const CELLS_A_DOCUMENT = 16;

/** @param width of keys that are 0 … width − 1; undefined: any numbers */
export function createBucketCounts(plan: AggPlan, owned: OwnedDocs, width: number | undefined): BucketCounts {
  const room = Math.max(SMALL_TABLE, Math.min(LARGEST_TABLE, CELLS_A_DOCUMENT * owned.docs.length));
  const isDense = width !== undefined && owned.ownerCount * (width + 1) <= room;
  return isDense ? new DenseCounts(plan, owned.ownerCount, width) : new SparseCounts(plan, owned.ownerCount);
}

/** A cell for every owner and key, and one for documents without a value. */
export class DenseCounts implements BucketCounts {
  /** By owner · (width + 1) + key. */
  readonly cells: Uint32Array;
  private readonly below: GrowingDocs | undefined;

  constructor(
    private readonly plan: AggPlan,
    private readonly ownerCount: number,
    readonly width: number,
  ) {
    this.cells = new Uint32Array(ownerCount * (width + 1));
    if (plan.aggs.length > 0) this.below = new GrowingDocs();
  }

  /** Whether counting in `cells` is all there is to do. */
  get isPlain(): boolean {
    return this.below === undefined && this.ownerCount === 1;
  }

  count(doc: number, owner: number, key: number): void {
    const cell = owner * (this.width + 1) + (Number.isNaN(key) ? this.width : key);
    this.cells[cell]!++;
    this.below?.push(doc, cell);
  }

  close(context: CollectContext): ClosedBuckets {
    const { cells, width, plan, below } = this;
    // The buckets that there are get numbers without gaps: the owners of the level below.
    const numbers = new Int32Array(below ? cells.length : 0);
    let bucketCount = 0;
    for (let cell = 0; cell < cells.length; cell++) {
      if (cells[cell] === 0) continue;
      if (below) numbers[cell] = bucketCount;
      if (++bucketCount > MAX_BUCKETS) throw tooManyBuckets(plan.name);
    }
    let aggs: Collected<AggPartials> | undefined;
    if (below) {
      const { owners } = below;
      for (let i = 0; i < owners.length; i++) owners[i] = numbers[owners[i]!]!;
      aggs = context.collect(plan.aggs, { docs: below.docs, owners, ownerCount: bucketCount });
    }
    return {
      keys: (owner) => {
        const keys: number[] = [];
        const base = owner * (width + 1);
        for (let key = 0; key <= width; key++) if (cells[base + key]! > 0) keys.push(key === width ? MISSING : key);
        return keys;
      },
      slot: (owner, key) => {
        const cell = owner * (width + 1) + (Number.isNaN(key) ? width : key);
        return { count: cells[cell]!, aggs: aggs && cells[cell]! > 0 ? aggs(numbers[cell]!) : {} };
      },
    };
  }
}

class SparseCounts implements BucketCounts {
  private readonly bucketOf: readonly Map<number, number>[];
  private readonly counts: number[] = [];
  private readonly below: GrowingDocs | undefined;

  constructor(
    private readonly plan: AggPlan,
    ownerCount: number,
  ) {
    this.bucketOf = Array.from({ length: ownerCount }, () => new Map<number, number>());
    if (plan.aggs.length > 0) this.below = new GrowingDocs();
  }

  count(doc: number, owner: number, key: number): void {
    const buckets = this.bucketOf[owner]!;
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = this.counts.length;
      if (bucket === MAX_BUCKETS) throw tooManyBuckets(this.plan.name);
      buckets.set(key, bucket);
      this.counts.push(0);
    }
    this.counts[bucket]!++;
    this.below?.push(doc, bucket);
  }

  close(context: CollectContext): ClosedBuckets {
    const { bucketOf, counts, below, plan } = this;
    const owned = below && { docs: below.docs, owners: below.owners, ownerCount: counts.length };
    const aggs = owned && context.collect(plan.aggs, owned);
    return {
      keys: (owner) => [...bucketOf[owner]!.keys()],
      slot: (owner, key) => {
        const bucket = bucketOf[owner]!.get(key);
        if (bucket === undefined) return { count: 0, aggs: {} };
        return { count: counts[bucket]!, aggs: aggs ? aggs(bucket) : {} };
      },
    };
  }
}
