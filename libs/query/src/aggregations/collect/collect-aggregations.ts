import type { ReadWave } from '#libs/segment';
import { docsOf, fullBits, liveDocs } from '../../execute/bits.ts';
import type { SegmentData } from '../../execute/segment-data.ts';
import type { AggPartial, AggPartials } from '../agg-partial.ts';
import { checkSize } from '../agg-size.ts';
import type { AggPlan } from '../plan/agg-plan.ts';
import { collectCardinality } from './collect-cardinality.ts';
import { collectComposite } from './collect-composite.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { collectFilters } from './collect-filters.ts';
import { collectHistogram } from './collect-histogram.ts';
import { collectMetric, collectQuantiles, collectWeightedAvg } from './collect-metrics.ts';
import { collectRanges } from './collect-ranges.ts';
import { collectTerms } from './collect-terms.ts';
import { collectTopHits } from './collect-top-hits.ts';
import { LastReads } from './last-reads.ts';

/** What aggregations found in one segment; terms and documents are yet to be read. */
export interface CollectedAggs {
  /** @returns to be called when the wave has been flushed. Throws `invalid`: see checkSize */
  ask(wave: ReadWave): () => AggPartials;
}

/**
 * Aggregates the matching documents of a segment. Each level is a pass over parallel arrays, documents and the bucket of
 * the level above each is in, so nothing is made per document. Throws `invalid` (`too_many_buckets`, `too_many_top_hits`).
 * @param scores by document, where some aggregation sorts by score
 */
export function collectAggregations(
  plans: readonly AggPlan[],
  docs: Int32Array,
  data: SegmentData,
  scores: Float64Array | undefined,
  placeOf: CollectContext['placeOf'],
): CollectedAggs {
  const reads = new LastReads(data);
  let live: Int32Array | undefined;
  const context: CollectContext = {
    data,
    reads,
    scores,
    placeOf,
    live: () => (live ??= docsOf(liveDocs(data.segment.deleted) ?? fullBits(data.docCount))),
    collect: (below, owned) => collectAll(below, owned, context),
  };
  const collected = collectAll(plans, { docs, owners: new Int32Array(docs.length), ownerCount: 1 }, context);
  return {
    ask: (wave) => {
      const settle = reads.ask(wave);
      return () => {
        settle();
        const partials = collected(0);
        for (const [name, partial] of Object.entries(partials)) checkSize(name, partial);
        return partials;
      };
    },
  };
}

function collectAll(plans: readonly AggPlan[], owned: OwnedDocs, context: CollectContext): Collected<AggPartials> {
  const parts = plans.map((plan) => [plan.name, collectOne(plan, owned, context)] as const);
  return (owner) => Object.fromEntries(parts.map(([name, part]) => [name, part(owner)]));
}

function collectOne(plan: AggPlan, owned: OwnedDocs, context: CollectContext): Collected<AggPartial> {
  switch (plan.kind) {
    case 'terms':
      return collectTerms(plan, owned, context);
    case 'histogram':
      return collectHistogram(plan, owned, context);
    case 'ranges':
      return collectRanges(plan, owned, context);
    case 'filters':
      return collectFilters(plan, owned, context);
    case 'composite':
      return collectComposite(plan, owned, context);
    case 'metric':
      return collectMetric(plan, owned, context);
    case 'weighted_avg':
      return collectWeightedAvg(plan, owned, context);
    case 'cardinality':
      return collectCardinality(plan, owned, context);
    case 'quantiles':
      return collectQuantiles(plan, owned, context);
    default:
      return collectTopHits(plan, owned, context);
  }
}
