import { planAggregations } from '../aggregations/plan/plan-aggregations.ts';
import { compileSearch } from '../compile/compile-query.ts';
import type { SearchRequest } from '../search-request.ts';
import type { QuerySchema } from '../search.ts';
import { planFields } from '../present/requested-fields.ts';
import { planSuggest } from '../suggest/plan-suggest.ts';
import { planSort } from './sort-plan.ts';

/**
 * Throws the `invalid` error that searching would throw because request and schema do not fit, without touching a segment:
 * so that a submission that cannot succeed is refused before it becomes a job.
 */
export function checkSearch(request: SearchRequest, schema: QuerySchema, options: { readonly now: number }): void {
  compileSearch(request, schema, options);
  planSuggest(request.suggest, schema);
  planFields(request.fields ?? [], schema);
  planSort(request, schema, options.now);
  planAggregations(request.aggs, schema, options.now);
}
