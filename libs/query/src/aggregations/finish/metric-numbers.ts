import type { AggPartial, QuantilesPartial, StatsPartial, WeightedAvgPartial } from '../agg-partial.ts';
import { ExactSum, sumOfParts } from '../exact-sum.ts';
import type { AggPlan, QuantilesPlan } from '../plan/agg-plan.ts';
import { HyperLogLog } from '../sketches/hyper-log-log.ts';
import { QuantileSketch } from '../sketches/quantile-sketch.ts';

type Numbers = Readonly<Record<string, number | null>>;

const NO_STATS: StatsPartial = { kind: 'stats', count: 0, min: null, max: null, sum: [] };

/** The numbers that a metric gives for a bucket, by name: what is shown, and what buckets are ordered by. */
export function metricNumbers(plan: AggPlan, partial: AggPartial | undefined): Numbers {
  switch (plan.kind) {
    case 'metric': {
      const stats = (partial as StatsPartial | undefined) ?? NO_STATS;
      if (plan.agg.type === 'stats') return statsNumbers(stats);
      if (plan.agg.type === 'extended_stats') return extendedNumbers(stats);
      if (plan.agg.type === 'value_count') return { value: stats.count };
      return { value: statsNumbers(stats)[plan.agg.type]! };
    }
    case 'weighted_avg': {
      const { sum, weights } = (partial as WeightedAvgPartial | undefined) ?? { sum: [], weights: [] };
      const [total, weight] = [sumOfParts(sum), sumOfParts(weights)];
      return { value: total === null || weight === null || weight === 0 ? null : total / weight };
    }
    case 'cardinality': {
      if (partial?.kind !== 'cardinality') return { value: 0 };
      return { value: new HyperLogLog(plan.agg.precisionThreshold).addState(partial.state).count() };
    }
    case 'quantiles':
      return Object.fromEntries(quantiles(plan, partial).map(([point, value]) => [String(point), value]));
    case 'filters':
      return { _count: partial?.kind === 'slots' ? partial.slots[0]!.count : 0 };
    default:
      return {};
  }
}

export function quantiles(plan: QuantilesPlan, partial: AggPartial | undefined): (readonly [number, number | null])[] {
  const { accuracy, points, type } = plan.agg;
  const sketch = new QuantileSketch(accuracy);
  if (partial) sketch.addState((partial as QuantilesPartial).state);
  return points.map((point) => [point, type === 'percentiles' ? sketch.percentile(point) : sketch.rank(point)]);
}

function statsNumbers({ count, min, max, sum: parts }: StatsPartial): Numbers {
  const sum = sumOfParts(parts);
  return { count, min, max, avg: count === 0 || sum === null ? null : sum / count, sum };
}

function extendedNumbers(stats: StatsPartial): Numbers {
  const { count, squares = [] } = stats;
  const population = variance(stats);
  const sampling = population === null || count < 2 ? null : (population * count) / (count - 1);
  const root = (value: number | null): number | null => (value === null ? null : Math.sqrt(value));
  return {
    ...statsNumbers(stats),
    sum_of_squares: count === 0 ? null : sumOfParts(squares),
    variance: population,
    variance_population: population,
    variance_sampling: sampling,
    std_deviation: root(population),
    std_deviation_population: root(population),
    std_deviation_sampling: root(sampling),
  };
}

/** (n · Σ x² − (Σ x)²) / n², with the subtraction exact: where it cancels, nothing is lost. */
function variance({ count, sum, squares = [] }: StatsPartial): number | null {
  if (count === 0 || sum === null || squares === null) return null;
  const difference = new ExactSum();
  for (const square of squares) difference.addProduct(square, count);
  for (const x of sum) for (const y of sum) difference.addProduct(x, -y);
  const total = sumOfParts(difference.toParts());
  return total === null ? null : Math.max(0, total / count / count);
}
