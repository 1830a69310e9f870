import type { Pending, ReadWave, TermInfo } from '#libs/segment';
import type { Clause } from '../../compile/compiled-query.ts';
import type { SegmentData } from '../../execute/segment-data.ts';
import { isTold, toldCount } from '../../execute/told-count.ts';
import { MAX_BUCKETS } from '../agg-limits.ts';
import type { AggPartial, AggPartials } from '../agg-partial.ts';
import type { AggPlan, TermsPlan } from '../plan/agg-plan.ts';
import { docValues } from './doc-values.ts';

/** So few terms are always read sooner than a column. */
const FEW_TERMS = 256;
/** A term of the dictionary costs about as much as this many documents of the column. */
const DOCS_A_TERM = 32;

/**
 * The aggregations over all documents of a segment that need not look at documents: counts of keywords stand in the
 * dictionary, extremes in the zone maps, the number of documents with a field in the footer. What they say is what
 * collecting would have found, which is why a segment with deletes has none.
 */
export class ToldAggs {
  readonly plans: readonly AggPlan[];
  private readonly terms = new Map<AggPlan, Pending<{ terms: TermInfo[] }>>();

  /** @param query what the aggregations see */
  constructor(
    plans: readonly AggPlan[],
    query: Clause,
    private readonly data: SegmentData,
  ) {
    const isWhole = query.kind === 'all' && !data.segment.deleted?.deletedCount;
    this.plans = isWhole ? plans.filter((plan) => plan.aggs.length === 0 && this.isTold(plan)) : [];
  }

  /** Round 1. */
  askDictionaries(wave: ReadWave): void {
    for (const plan of this.plans)
      if (plan.kind === 'terms') this.terms.set(plan, wave.terms(plan.source.field, {}, MAX_BUCKETS));
  }

  /** Round 2. */
  askData(wave: ReadWave): void {
    for (const plan of this.plans) if (plan.kind === 'metric') this.data.askColumn(wave, plan.source.field);
  }

  partials(): AggPartials {
    return Object.fromEntries(this.plans.map((plan) => [plan.name, this.partial(plan)]));
  }

  private isTold(plan: AggPlan): boolean {
    const { data } = this;
    switch (plan.kind) {
      case 'terms':
        return this.areTermsTold(plan);
      case 'metric': {
        const { source, agg } = plan;
        return source.missing === undefined && ['min', 'max', 'value_count'].includes(agg.type);
      }
      case 'filters':
        return !plan.other && plan.clauses.every((clause) => isTold(clause, data));
      default:
        return false;
    }
  }

  private areTermsTold({ source, include, exclude, patterns, partOf }: TermsPlan): boolean {
    const field = this.data.reader.field(source.field);
    if (field?.type !== 'keyword' || source.missing !== undefined) return false;
    if (include !== undefined || exclude.size > 0 || partOf !== undefined) return false;
    if (patterns.include !== undefined || patterns.exclude !== undefined) return false;
    const { termCount } = field;
    return termCount <= MAX_BUCKETS && termCount <= Math.max(FEW_TERMS, this.data.docCount / DOCS_A_TERM);
  }

  private partial(plan: AggPlan): AggPartial {
    const { data } = this;
    if (plan.kind === 'terms') {
      const { terms } = this.terms.get(plan)!.value;
      return { kind: 'buckets', buckets: terms.map(({ term, docFreq }) => ({ key: term, count: docFreq, aggs: {} })) };
    }
    if (plan.kind === 'filters') {
      const slots = plan.clauses.map((clause) => ({ count: toldCount(clause, data)!, aggs: {} }));
      return { kind: 'slots', slots };
    }
    const { source, agg } = plan as Extract<AggPlan, { kind: 'metric' }>;
    const values = docValues(data, source.field);
    const count = values === undefined ? 0 : values.end(data.docCount - 1);
    const isNull = count === 0 || agg.type === 'value_count';
    return { kind: 'stats', count, min: isNull ? null : values!.min, max: isNull ? null : values!.max, sum: [] };
  }
}
