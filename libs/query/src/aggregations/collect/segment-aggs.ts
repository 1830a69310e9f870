import type { ReadWave } from '#libs/segment';
import type { SegmentData } from '../../execute/segment-data.ts';
import type { SegmentState } from '../../execute/segment-state.ts';
import { askPlace, askPlaces, placeOf } from '../../execute/sort-places.ts';
import type { SearchableSegment } from '../../search.ts';
import type { AggPlan } from '../plan/agg-plan.ts';
import { allPlans } from '../plan/all-plans.ts';
import { collectAggregations, type CollectedAggs } from './collect-aggregations.ts';

/** Whether documents count that do not match the query. */
export const needsAllDocs = (plans: readonly AggPlan[]): boolean =>
  allPlans(plans).some((plan) =>
    plan.kind === 'terms' ? plan.agg.minDocCount === 0 : plan.kind === 'filters' && plan.agg.type === 'global',
  );

/** Whether documents must be scored. */
export const needsScores = (plans: readonly AggPlan[]): boolean =>
  allPlans(plans).some((plan) => plan.kind === 'top_hits' && plan.sort.scored && plan.agg.from + plan.agg.size > 0);

/** The aggregations of a search in one segment: what they read in which round, and their run. */
export class SegmentAggs {
  /** See sort-places. */
  readonly places: SegmentState['places'] = new Map();
  private readonly all: readonly AggPlan[];

  constructor(
    private readonly plans: readonly AggPlan[],
    readonly segment: SearchableSegment,
    readonly data: SegmentData,
  ) {
    this.all = allPlans(plans);
  }

  /** Round 1: dictionaries. */
  askDictionaries(wave: ReadWave): void {
    const { data } = this;
    for (const plan of this.all) {
      if (plan.kind === 'filters') for (const clause of plan.clauses) data.askTerms(wave, clause);
      else if (plan.kind === 'top_hits') askPlaces(wave, this, plan.sort);
      else if (plan.kind === 'terms') {
        const { include = [], exclude, source, patterns } = plan;
        for (const clause of Object.values(patterns)) data.askTerms(wave, clause);
        if (data.reader.field(source.field)?.type !== 'keyword') continue;
        for (const term of [...include, ...exclude]) data.askTerm(wave, source.field, String(term));
      } else if (plan.kind === 'composite') {
        for (const [at, { source }] of plan.sources.entries()) {
          const after = plan.after?.[at];
          if (typeof after === 'string') askPlace(wave, this, source.field, after);
        }
      }
    }
  }

  /** Round 2: columns, and what filters read. */
  askData(wave: ReadWave): void {
    const { data } = this;
    for (const plan of this.all) {
      for (const field of columnsOf(plan)) data.askColumn(wave, field);
      if (plan.kind === 'filters') for (const clause of plan.clauses) data.askPostings(wave, clause, false);
      if (plan.kind === 'top_hits') data.askRanks(wave);
    }
  }

  /** @param scores by document, where `needsScores` */
  collect(docs: Int32Array, scores: Float64Array | undefined): CollectedAggs {
    return collectAggregations(this.plans, docs, this.data, scores, (field, term) => placeOf(this, field, term));
  }
}

function columnsOf(plan: AggPlan): string[] {
  switch (plan.kind) {
    case 'filters':
      return [];
    case 'weighted_avg':
      return [plan.value.field, plan.weight.field];
    case 'composite':
      return plan.sources.map(({ source }) => source.field);
    case 'top_hits':
      return plan.sort.keys.flatMap(({ field, spec }) => (spec ? [field] : []));
    default:
      return [plan.source.field];
  }
}
