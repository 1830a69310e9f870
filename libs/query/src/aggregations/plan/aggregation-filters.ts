import type { Clause } from '../../compile/compiled-query.ts';
import type { SearchRequest } from '../../search-request.ts';
import type { QuerySchema } from '../../search.ts';
import { allPlans } from './all-plans.ts';
import { planAggregations } from './plan-aggregations.ts';

/** The queries by which a request's aggregations filter. Throws as planAggregations does. */
export const aggregationFilters = (
  { aggs }: Pick<SearchRequest, 'aggs'>,
  schema: QuerySchema,
  now: number,
): readonly Clause[] =>
  allPlans(planAggregations(aggs, schema, now)).flatMap((plan) => (plan.kind === 'filters' ? plan.clauses : []));
