import type { Aggregation, Aggregations } from '../../aggregation-request.ts';

/** A number below a bucket: through aggregations of one bucket each, to a metric and one of its numbers. */
export interface MetricPath {
  /** Names from the bucket down; the last is the metric, or an aggregation of one bucket whose documents are counted. */
  readonly names: readonly string[];
  /** `value`, `avg`, `99`, … */
  readonly part: string;
}

const STATS = ['count', 'min', 'max', 'avg', 'sum'];
const EXTENDED_STATS = [
  ...STATS,
  'sum_of_squares',
  'variance',
  'variance_population',
  'variance_sampling',
  'std_deviation',
  'std_deviation_population',
  'std_deviation_sampling',
];
const ONE_BUCKET: ReadonlySet<string> = new Set(['filter', 'missing', 'global']);
const ONE_NUMBER: ReadonlySet<string> = new Set([
  'min',
  'max',
  'sum',
  'avg',
  'value_count',
  'cardinality',
  'weighted_avg',
]);

/** The numbers that an aggregation gives for a bucket, by name; empty when none. */
export function partsOf(agg: Aggregation): readonly string[] {
  if (agg.type === 'stats') return STATS;
  if (agg.type === 'extended_stats') return EXTENDED_STATS;
  if (agg.type === 'percentiles' || agg.type === 'percentile_ranks') return agg.points.map(String);
  if (ONE_BUCKET.has(agg.type)) return ['_count'];
  return ONE_NUMBER.has(agg.type) ? ['value'] : [];
}

/** What follows a name: `.part` or `[part]`, or nothing when there is only one number. */
function partOf(rest: string, agg: Aggregation): string | undefined {
  const parts = partsOf(agg);
  if (rest === '') return parts.length === 1 && !agg.type.startsWith('percentile') ? parts[0] : undefined;
  const part = rest.startsWith('.') ? rest.slice(1) : /^\[(.*)\]$/.exec(rest)?.[1];
  if (part === undefined) return undefined;
  return parts.includes(part) ? part : parts.find((name) => part.trim() !== '' && Number(name) === Number(part));
}

/**
 * `price`, `price.value`, `stats.avg`, `p.99`, `p[99.9]`, `filter>stats.avg`; undefined when there is no such number.
 * Names may have dots themselves: the longest that fits wins.
 */
export function resolveMetricPath(path: string, aggs: Aggregations): MetricPath | undefined {
  const names = Object.keys(aggs)
    .filter((name) => path.startsWith(name))
    .toSorted((a, b) => b.length - a.length);
  for (const name of names) {
    const agg = aggs[name]!;
    const rest = path.slice(name.length);
    if (rest.startsWith('>')) {
      const below = ONE_BUCKET.has(agg.type) ? resolveMetricPath(rest.slice(1), agg.aggs) : undefined;
      if (below) return { names: [name, ...below.names], part: below.part };
      continue;
    }
    const part = partOf(rest, agg);
    if (part !== undefined) return { names: [name], part };
  }
  return undefined;
}
