import type { AggPlan } from './agg-plan.ts';

/** Every plan, those below others too. */
export const allPlans = (plans: readonly AggPlan[]): AggPlan[] =>
  plans.flatMap((plan) => [plan, ...allPlans(plan.aggs)]);
