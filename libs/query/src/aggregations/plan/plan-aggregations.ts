import { invalid } from '#libs/kernel';
import type { Aggregation, Aggregations } from '../../aggregation-request.ts';
import { AutomatonBudget } from '../../automaton/automaton-budget.ts';
import { childrenOf } from '../../compile/clause-children.ts';
import { compileQuery } from '../../compile/compile-query.ts';
import type { Clause } from '../../compile/compiled-query.ts';
import { planSort } from '../../execute/sort-plan.ts';
import type { QueryNode } from '../../query-node.ts';
import type { QuerySchema } from '../../search.ts';
import type { AggPlan } from './agg-plan.ts';
import { planComposite } from './plan-composite.ts';
import { planHistogram } from './plan-histogram.ts';
import { planRanges } from './plan-ranges.ts';
import { planTerms } from './plan-terms.ts';
import { checkNumeric, planSource, type PlanPlace } from './plan-source.ts';

/**
 * Throws `invalid`: `field_type_mismatch` (text, or numbers asked of keywords), `bad_value`, `bad_time_zone`,
 * `unsupported_format`, and what compileQuery and planSort throw about filters and top_hits.
 * @param now ms since 1970: what `now` means in ranges and filters
 */
export const planAggregations = (aggs: Aggregations, schema: QuerySchema, now: number): AggPlan[] =>
  planLevel(aggs, { schema, now, path: 'aggs', automata: new AutomatonBudget() });

const planLevel = (aggs: Aggregations, place: PlanPlace): AggPlan[] =>
  Object.entries(aggs).map(([name, agg]) => planOne(name, agg, { ...place, path: `${place.path}.${name}` }));

function planOne(name: string, agg: Aggregation, place: PlanPlace): AggPlan {
  const { schema, now, path, automata } = place;
  const shared = { name, path, aggs: planLevel(agg.aggs, { ...place, path: `${path}.aggs` }) };
  const clause = (query: QueryNode): Clause =>
    checkUnscored(compileQuery(query, schema, { now, automata }).root, query.path);
  switch (agg.type) {
    case 'terms':
      return { ...shared, kind: 'terms', agg, ...planTerms(agg, place) };
    case 'histogram':
    case 'date_histogram':
      return { ...shared, kind: 'histogram', agg, ...planHistogram(name, agg, place) };
    case 'range':
    case 'date_range':
      return { ...shared, kind: 'ranges', agg, ...planRanges(agg, place) };
    case 'composite':
      return { ...shared, kind: 'composite', agg, ...planComposite(name, agg, place) };
    case 'filter':
      return { ...shared, kind: 'filters', agg, clauses: [clause(agg.filter)], other: false };
    case 'filters': {
      const clauses = agg.filters.map(({ query }) => clause(query));
      return { ...shared, kind: 'filters', agg, clauses, other: agg.otherKey !== undefined };
    }
    case 'missing':
      return { ...shared, kind: 'filters', agg, clauses: [clause(without(agg.field, path))], other: false };
    case 'global':
      return { ...shared, kind: 'filters', agg, clauses: [{ kind: 'all', boost: 1 }], other: false };
    case 'weighted_avg': {
      const [value, weight] = [agg.value, agg.weight].map((part) => {
        const source = planSource({ ...part, ...(agg.format !== undefined && { format: agg.format }) }, place);
        checkNumeric(agg.type, source, path);
        return source;
      });
      return { ...shared, kind: 'weighted_avg', agg, value: value!, weight: weight! };
    }
    case 'cardinality':
      return { ...shared, kind: 'cardinality', agg, source: planSource(agg, place) };
    case 'percentiles':
    case 'percentile_ranks': {
      const source = planSource(agg, place);
      checkNumeric(agg.type, source, path);
      return { ...shared, kind: 'quantiles', agg, source };
    }
    case 'top_hits':
      return { ...shared, kind: 'top_hits', agg, sort: planSort({ sort: agg.sort }, schema, now) };
    default: {
      const source = planSource(agg, place);
      if (agg.type !== 'value_count') checkNumeric(agg.type, source, path);
      return { ...shared, kind: 'metric', agg, source };
    }
  }
}

/** Filters of aggregations are not scored, and min_score is about scores. */
function checkUnscored(clause: Clause, path: string): Clause {
  if (clause.kind === 'min_score')
    throw invalid('unsupported_option', `${path}: min_score is not supported in filters of aggregations`, { path });
  for (const child of childrenOf(clause)) checkUnscored(child, path);
  return clause;
}

const without = (field: string, path: string): QueryNode => ({
  type: 'bool',
  must: [],
  should: [],
  filter: [],
  mustNot: [{ type: 'exists', field, boost: 1, path }],
  boost: 1,
  path,
});
