import type { AggPartial, AggPartials, Slot } from '../agg-partial.ts';
import type { AggPlan } from '../plan/agg-plan.ts';

export type Answer = Readonly<Record<string, unknown>>;

/** How the aggregations below are finished. */
export interface FinishContext {
  finish(plans: readonly AggPlan[], partials: AggPartials): Answer;
}

export const bucketBody = ({ aggs: plans }: AggPlan, { count, aggs }: Slot, context: FinishContext): Answer => ({
  doc_count: count,
  ...context.finish(plans, aggs),
});

export const partialOf = (partials: AggPartials, name: string): AggPartial | undefined =>
  Object.hasOwn(partials, name) ? partials[name] : undefined;

/** `{[name]: value}`, and `name_as_string` where the value has a text of its own. */
export const withText = (name: string, value: number | null, text: string | undefined): Answer => ({
  [name]: value,
  ...(text !== undefined && { [`${name}_as_string`]: text }),
});
