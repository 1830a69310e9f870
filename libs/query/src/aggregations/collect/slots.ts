import type { AggPartial } from '../agg-partial.ts';
import type { AggPlan } from '../plan/agg-plan.ts';
import type { Collected, CollectContext } from './collect-context.ts';
import { GrowingDocs } from './growing-docs.ts';

/** Counts in buckets that are known beforehand: `width` for every owner. */
export class Slots {
  private readonly counts: Float64Array;
  private readonly below: GrowingDocs | undefined;

  constructor(
    private readonly plan: AggPlan,
    private readonly ownerCount: number,
    private readonly width: number,
  ) {
    this.counts = new Float64Array(ownerCount * width);
    if (plan.aggs.length > 0) this.below = new GrowingDocs();
  }

  count(doc: number, owner: number, slot: number): void {
    const bucket = owner * this.width + slot;
    this.counts[bucket]!++;
    this.below?.push(doc, bucket);
  }

  collected(context: CollectContext): Collected<AggPartial> {
    const { below, counts, ownerCount, width } = this;
    const owned = below && { docs: below.docs, owners: below.owners, ownerCount: ownerCount * width };
    const aggs = owned && context.collect(this.plan.aggs, owned);
    return (owner) => ({
      kind: 'slots',
      slots: Array.from({ length: width }, (_, slot) => {
        const bucket = owner * width + slot;
        return { count: counts[bucket]!, aggs: aggs ? aggs(bucket) : {} };
      }),
    });
  }
}
