import type { TermsAggregation } from '../../aggregation-request.ts';
import type { Scalar } from '../../query-node.ts';
import type { TermsPlan } from './agg-plan.ts';
import { fieldValue, planSource, type PlanPlace } from './plan-source.ts';

export function planTerms(agg: TermsAggregation, place: PlanPlace): Pick<TermsPlan, 'source' | 'include' | 'exclude'> {
  const source = planSource(agg, place);
  const listed = (values: readonly Scalar[], name: string): Set<string | number> =>
    new Set(
      values.map((value) =>
        fieldValue(value, source.spec, { field: agg.field, path: `${place.path}.terms.${name}`, now: place.now }),
      ),
    );
  return {
    source,
    include: agg.include && listed(agg.include, 'include'),
    exclude: listed(agg.exclude ?? [], 'exclude'),
  };
}
