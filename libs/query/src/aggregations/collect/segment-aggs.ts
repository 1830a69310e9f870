import type { ReadWave } from '#libs/segment';
import type { Clause } from '../../compile/compiled-query.ts';
import type { SegmentData } from '../../execute/segment-data.ts';
import type { SegmentState } from '../../execute/segment-state.ts';
import { askPlace, askPlaces, placeOf } from '../../execute/sort-places.ts';
import type { SearchableSegment } from '../../search.ts';
import type { AggPlan } from '../plan/agg-plan.ts';
import { allPlans } from '../plan/all-plans.ts';
import { collectAggregations, type CollectedAggs } from './collect-aggregations.ts';
import { ToldAggs } from './told-aggs.ts';

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
  /** Those that look at documents; known from round 1 on, as the others are. */
  private rest: readonly AggPlan[];
  private told: ToldAggs | undefined;

  constructor(
    private readonly plans: readonly AggPlan[],
    readonly segment: SearchableSegment,
    readonly data: SegmentData,
  ) {
    this.rest = plans;
  }

  /** Whether the documents that match must be known. */
  get wantsDocs(): boolean {
    return this.rest.length > 0;
  }

  /** Those that look at documents, and those that need not; once round 1 was asked for. */
  get split(): { readonly rest: readonly AggPlan[]; readonly told: readonly AggPlan[] } {
    return { rest: this.rest, told: this.told?.plans ?? [] };
  }

  /** Round 1: dictionaries. @param query what the aggregations see */
  askDictionaries(wave: ReadWave, query: Clause): void {
    const { data, plans } = this;
    const told = new ToldAggs(plans, query, data);
    this.told = told;
    this.rest = plans.filter((plan) => !told.plans.includes(plan));
    told.askDictionaries(wave);
    for (const plan of allPlans(plans)) {
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
    this.told?.askData(wave);
    for (const plan of allPlans(this.rest)) {
      for (const field of columnsOf(plan)) data.askColumn(wave, field);
      if (plan.kind === 'filters') for (const clause of plan.clauses) data.askPostings(wave, clause, false);
      if (plan.kind === 'top_hits') data.askRanks(wave);
    }
  }

  /** @param scores by document, where `needsScores` */
  collect(docs: Int32Array, scores: Float64Array | undefined): CollectedAggs {
    const { told, rest, data } = this;
    const placeIn = (field: string, term: string): number => placeOf(this, field, term);
    const collected = rest.length === 0 ? undefined : collectAggregations(rest, docs, data, scores, placeIn);
    return {
      ask: (wave) => {
        const settle = collected?.ask(wave);
        return () => ({ ...told?.partials(), ...settle?.() });
      },
    };
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
