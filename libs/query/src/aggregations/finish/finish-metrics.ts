import type { AggPartial, TopHitsPartial } from '../agg-partial.ts';
import { sourceOf } from '../../present/shown-source.ts';
import { filterSource } from '../../present/source-filter.ts';
import { doubleText, type ValueFormat } from '../formats/value-format.ts';
import type { AggPlan, MetricPlan, QuantilesPlan, TopHitsPlan } from '../plan/agg-plan.ts';
import { withText, type Answer } from './finish-context.ts';
import { metricNumbers, quantiles } from './metric-numbers.ts';

/** min, max, sum, avg, value_count, cardinality, weighted_avg. */
export function finishValue(plan: AggPlan, partial: AggPartial | undefined, text: ValueFormat): Answer {
  const value = metricNumbers(plan, partial)['value']!;
  return withText('value', value, text(value));
}

export function finishStats(plan: MetricPlan, partial: AggPartial | undefined): Answer {
  const { count, ...values } = metricNumbers(plan, partial);
  const { sigma } = plan.agg;
  const { text } = plan.source;
  const texts = Object.entries(values).flatMap(([name, value]) => {
    const shown = count === 0 ? undefined : text(value);
    return shown === undefined ? [] : [[`${name}_as_string`, shown]];
  });
  const bounds = sigma === undefined ? {} : deviationBounds(values, sigma, text);
  return { count, ...values, ...bounds, ...Object.fromEntries(texts) };
}

/** The mean, and `sigma` standard deviations to either side. */
function deviationBounds(values: Readonly<Record<string, number | null>>, sigma: number, text: ValueFormat): Answer {
  const kinds = ['', '_population', '_sampling'];
  const entries = kinds.flatMap((kind) => {
    const [mean, deviation] = [values['avg']!, values[`std_deviation${kind}`]!];
    const at = (side: number): number | null =>
      mean === null || deviation === null ? null : mean + side * sigma * deviation;
    return [[`upper${kind}`, at(1)] as const, [`lower${kind}`, at(-1)] as const];
  });
  const texts = entries.flatMap(([name, value]) => {
    const shown = text(value);
    return shown === undefined ? [] : [[name, shown]];
  });
  return {
    std_deviation_bounds: Object.fromEntries(entries),
    ...(texts.length > 0 && { std_deviation_bounds_as_string: Object.fromEntries(texts) }),
  };
}

export function finishQuantiles(plan: QuantilesPlan, partial: AggPartial | undefined): Answer {
  const { agg, source } = plan;
  const found = quantiles(plan, partial);
  // Ranks are percents, whatever the field is.
  const text = (value: number | null): string | undefined =>
    agg.type === 'percentiles' ? source.text(value) : undefined;
  if (agg.keyed)
    return {
      values: Object.assign({}, ...found.map(([point, value]) => withText(doubleText(point), value, text(value)))),
    };
  return { values: found.map(([key, value]) => ({ key, ...withText('value', value, text(value)) })) };
}

export function finishTopHits({ agg, sort }: TopHitsPlan, partial: TopHitsPartial | undefined): Answer {
  const { total, hits } = partial ?? { total: 0, hits: [] };
  return {
    hits: {
      total: { value: total, relation: 'eq' },
      max_score: sort.byScore ? (hits[0]?.score ?? null) : null,
      hits: hits.slice(agg.from, agg.from + agg.size).map((hit) => ({
        _id: hit.id,
        _score: hit.score,
        ...(agg.source !== false && { _source: agg.source ? filterSource(sourceOf(hit), agg.source) : sourceOf(hit) }),
        ...(hit.sort && { sort: hit.sort }),
      })),
    },
  };
}
