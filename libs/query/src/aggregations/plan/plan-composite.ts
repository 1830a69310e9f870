import type { CompositeAggregation, CompositeSource } from '../../aggregation-request.ts';
import { badValue } from '../../compile/field-value.ts';
import { dateFormat } from '../../dates/date-format.ts';
import { parseDateMs } from '../../dates/date-math.ts';
import type { CompositePlan, CompositeSourcePlan } from './agg-plan.ts';
import { dateScale, numberScale, roundingOf } from './plan-histogram.ts';
import { checkDate, checkNumeric, fieldValue, planSource, type PlanPlace } from './plan-source.ts';

export function planComposite(
  name: string,
  agg: CompositeAggregation,
  place: PlanPlace,
): Pick<CompositePlan, 'sources' | 'after'> {
  const sources = agg.sources.map((source) => planOne(name, source, place));
  return {
    sources,
    after: agg.after?.map((value, at) => {
      const { source, spec } = sources[at]!;
      if (value === null) return null;
      const here = { field: source.field, path: `${place.path}.composite.after.${source.name}`, now: place.now };
      // It is given as it was shown.
      if (source.format === undefined || spec?.type !== 'date') return fieldValue(value, spec, here);
      const zone = source.type === 'date_histogram' ? { zone: roundingOf(source).zone } : {};
      const ms = parseDateMs(value, place.now, false, { ...zone, format: dateFormat(source.format, here.path) });
      if (ms === undefined) throw badValue(spec, value, here);
      return ms;
    }),
  };
}

function planOne(name: string, source: CompositeSource, place: PlanPlace): CompositeSourcePlan {
  const rounding = source.type === 'date_histogram' ? roundingOf(source) : undefined;
  const planned = planSource(source, place, rounding?.zone);
  const { spec, text } = planned;
  const what = `${source.type} in composite`;
  if (source.type === 'terms') return { source, spec, text, scale: undefined };
  checkNumeric(what, planned, place.path);
  if (rounding) checkDate(source.type, planned, place.path);
  return {
    source,
    spec,
    text,
    scale: source.type === 'histogram' ? numberScale(name, source.interval, 0) : dateScale(source, rounding!),
  };
}
