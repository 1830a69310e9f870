import { STRETCH } from '../../execute/execution-watch.ts';
import type { AggPartial } from '../agg-partial.ts';
import { ExactSum } from '../exact-sum.ts';
import type { MetricPlan, QuantilesPlan, ValueSource, WeightedAvgPlan } from '../plan/agg-plan.ts';
import { QuantileSketch } from '../sketches/quantile-sketch.ts';
import type { Collected, CollectContext, OwnedDocs } from './collect-context.ts';
import { docValues } from './doc-values.ts';

/** Calls `add` with every value, and with `missing` for documents that have none. */
export function eachValue(
  { field, missing }: ValueSource,
  { docs, owners }: OwnedDocs,
  { data }: CollectContext,
  add: (owner: number, value: number) => void,
): void {
  const values = docValues(data, field);
  const instead = missing === undefined ? undefined : Number(missing);
  if (values === undefined && instead === undefined) return;
  for (let i = 0; i < docs.length; i++) {
    if (i % STRETCH === 0) data.watch.spend(STRETCH);
    const owner = owners[i]!;
    const begin = values === undefined ? 0 : values.begin(docs[i]!);
    const end = values === undefined ? 0 : values.end(docs[i]!);
    if (begin === end && instead !== undefined) add(owner, instead);
    for (let at = begin; at < end; at++) add(owner, values!.value(at));
  }
}

export function collectMetric(plan: MetricPlan, owned: OwnedDocs, context: CollectContext): Collected<AggPartial> {
  const { ownerCount } = owned;
  const { type } = plan.agg;
  const counts = new Float64Array(ownerCount);
  const mins = new Float64Array(ownerCount).fill(Infinity);
  const maxs = new Float64Array(ownerCount).fill(-Infinity);
  const sumOf = (wanted: boolean): ExactSum[] =>
    wanted ? Array.from({ length: ownerCount }, () => new ExactSum()) : [];
  const isCount = type === 'value_count';
  const sums = sumOf(!isCount && type !== 'min' && type !== 'max');
  const squares = sumOf(type === 'extended_stats');
  eachValue(plan.source, owned, context, (owner, value) => {
    counts[owner]!++;
    if (isCount) return;
    if (value < mins[owner]!) mins[owner] = value;
    if (value > maxs[owner]!) maxs[owner] = value;
    if (sums.length > 0) sums[owner]!.add(value);
    if (squares.length > 0) squares[owner]!.addProduct(value, value);
  });
  return (owner) => ({
    kind: 'stats',
    count: counts[owner]!,
    min: counts[owner] === 0 || isCount ? null : mins[owner]!,
    max: counts[owner] === 0 || isCount ? null : maxs[owner]!,
    sum: sums[owner]?.toParts() ?? (sums.length > 0 ? null : []),
    ...(squares.length > 0 && { squares: squares[owner]!.toParts() }),
  });
}

/** Pairs of one weight and any number of values; documents without either, or a stand-in for it, do not count. */
export function collectWeightedAvg(
  plan: WeightedAvgPlan,
  { docs, owners, ownerCount }: OwnedDocs,
  { data }: CollectContext,
): Collected<AggPartial> {
  const sums = Array.from({ length: ownerCount }, () => new ExactSum());
  const weights = Array.from({ length: ownerCount }, () => new ExactSum());
  const [values, weightValues] = [docValues(data, plan.value.field), docValues(data, plan.weight.field)];
  for (let i = 0; i < docs.length; i++) {
    if (i % STRETCH === 0) data.watch.spend(STRETCH);
    const doc = docs[i]!;
    const owner = owners[i]!;
    const atWeight = weightValues?.begin(doc) ?? 0;
    // Of several weights the first one counts.
    const hasWeight = weightValues !== undefined && weightValues.end(doc) > atWeight;
    const weight = hasWeight ? weightValues.value(atWeight) : (plan.weight.missing as number | undefined);
    if (weight === undefined) continue;
    const begin = values?.begin(doc) ?? 0;
    const end = values?.end(doc) ?? 0;
    const count = (value: number): void => {
      sums[owner]!.addProduct(value, weight);
      weights[owner]!.add(weight);
    };
    if (begin === end && plan.value.missing !== undefined) count(Number(plan.value.missing));
    for (let at = begin; at < end; at++) count(values!.value(at));
  }
  return (owner) => ({
    kind: 'weighted_avg',
    sum: sums[owner]!.toParts(),
    weights: weights[owner]!.toParts(),
  });
}

export function collectQuantiles(
  plan: QuantilesPlan,
  owned: OwnedDocs,
  context: CollectContext,
): Collected<AggPartial> {
  const sketches = Array.from({ length: owned.ownerCount }, () => new QuantileSketch(plan.agg.accuracy));
  eachValue(plan.source, owned, context, (owner, value) => sketches[owner]!.add(value));
  return (owner) => ({ kind: 'quantiles', state: sketches[owner]!.toState() });
}
