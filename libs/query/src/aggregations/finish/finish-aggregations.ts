import type {
  AggPartial,
  AggPartials,
  BucketsPartial,
  CompositePartial,
  SlotsPartial,
  TopHitsPartial,
} from '../agg-partial.ts';
import type { AggPlan } from '../plan/agg-plan.ts';
import { finishComposite } from './finish-composite.ts';
import { partialOf, type Answer, type FinishContext } from './finish-context.ts';
import { finishHistogram } from './finish-histogram.ts';
import { finishQuantiles, finishStats, finishTopHits, finishValue } from './finish-metrics.ts';
import { finishFilters, finishRanges } from './finish-slots.ts';
import { finishTerms } from './finish-terms.ts';

/**
 * Partials → Elasticsearch's response. An aggregation that no shard has answered is empty, not absent. Throws `invalid`
 * (`too_many_buckets`) when empty buckets of histograms are too many.
 */
export function finishAggregations(plans: readonly AggPlan[], partials: AggPartials): Answer {
  return Object.fromEntries(
    plans.map((plan) => {
      const answer = finishOne(plan, partialOf(partials, plan.name));
      return [plan.name, plan.agg.meta ? { meta: plan.agg.meta, ...answer } : answer];
    }),
  );
}

const context: FinishContext = { finish: finishAggregations };

function finishOne(plan: AggPlan, partial: AggPartial | undefined): Answer {
  switch (plan.kind) {
    case 'terms':
      return finishTerms(plan, partial as BucketsPartial | undefined, context);
    case 'histogram':
      return finishHistogram(plan, partial as BucketsPartial | undefined, context);
    case 'ranges':
      return finishRanges(plan, partial as SlotsPartial | undefined, context);
    case 'filters':
      return finishFilters(plan, partial as SlotsPartial | undefined, context);
    case 'composite':
      return finishComposite(plan, partial as CompositePartial | undefined, context);
    case 'quantiles':
      return finishQuantiles(plan, partial);
    case 'top_hits':
      return finishTopHits(plan, partial as TopHitsPartial | undefined);
    case 'weighted_avg':
      return finishValue(plan, partial, plan.value.text);
    case 'cardinality':
      return finishValue(plan, partial, () => undefined);
    default: {
      const { type } = plan.agg;
      if (type === 'stats' || type === 'extended_stats') return finishStats(plan, partial);
      return finishValue(plan, partial, type === 'value_count' ? () => undefined : plan.source.text);
    }
  }
}
