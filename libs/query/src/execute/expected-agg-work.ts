import type { AggPlan } from '../aggregations/plan/agg-plan.ts';
import type { Clause } from '../compile/compiled-query.ts';
import type { SegmentData } from './segment-data.ts';

/** ns for a document, or a value of one. Measured as those of expected-work.ts. */
const NS = {
  counted: 5,
  /** In a histogram, a range, a table of numbers. */
  placed: 30,
  composite: 350,
  /** min, max, value_count. */
  compared: 10,
  /** Sums are exact. */
  summed: 115,
  weighted: 200,
  hashed: 285,
  sketched: 55,
  topHit: 70,
  /** A bucket that becomes part of the answer. */
  bucket: 700,
  /** What is below a bucket of its own, in each. */
  owner: 3_000,
};

/** Where the data do not tell how many buckets there will be. */
const BUCKETS_OF_NUMBERS = 1_000;
const BUCKETS_OF_HISTOGRAM = 100;

/**
 * What aggregations of `docs` documents of a segment will compute, in ns.
 * @param listing ns to find the documents of a clause
 * @param owners buckets of the level above
 */
export function expectedAggNs(
  plans: readonly AggPlan[],
  docs: number,
  data: SegmentData,
  listing: (clause: Clause) => number,
  owners = 1,
): number {
  let ns = 0;
  for (const plan of plans) {
    const buckets = Math.min(docs, owners * bucketsOf(plan, data));
    ns += docs * nsOf(plan) + buckets * NS.bucket;
    // The first owner is the whole answer.
    ns += (owners - 1) * NS.owner;
    if (plan.kind === 'filters') for (const clause of plan.clauses) ns += listing(clause);
    if (plan.aggs.length > 0) ns += expectedAggNs(plan.aggs, docs, data, listing, Math.max(1, buckets));
  }
  return ns;
}

/** What aggregations cost in a segment that are answered without a look at its documents, in ns: their buckets. */
export function expectedToldAggNs(plans: readonly AggPlan[], data: SegmentData): number {
  let ns = 0;
  for (const plan of plans) ns += bucketsOf(plan, data) * NS.bucket;
  return ns;
}

function nsOf(plan: AggPlan): number {
  switch (plan.kind) {
    case 'terms':
      return plan.source.spec?.type === 'keyword' ? NS.counted : NS.placed;
    case 'histogram':
    case 'ranges':
      return NS.placed;
    case 'composite':
      return NS.composite;
    case 'metric':
      return ['min', 'max', 'value_count'].includes(plan.agg.type) ? NS.compared : NS.summed;
    case 'weighted_avg':
      return NS.weighted;
    case 'cardinality':
      return NS.hashed;
    case 'quantiles':
      return NS.sketched;
    case 'top_hits':
      return NS.topHit;
    default:
      return NS.counted;
  }
}

function bucketsOf(plan: AggPlan, data: SegmentData): number {
  switch (plan.kind) {
    case 'terms': {
      const { field, spec } = plan.source;
      return spec?.type === 'keyword' ? (data.reader.field(field)?.termCount ?? 0) : BUCKETS_OF_NUMBERS;
    }
    case 'histogram':
      return BUCKETS_OF_HISTOGRAM;
    case 'ranges':
      return plan.ranges.length;
    case 'filters':
      return plan.clauses.length;
    case 'composite':
      return plan.agg.size;
    default:
      return 0;
  }
}
