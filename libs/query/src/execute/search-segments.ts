import { asQuarryError, toErrorRecord, Yielder, type Clock } from '#libs/kernel';
import { aggFields, planAggregations, type AggPlan } from '../aggregations/agg-plan.ts';
import { collectAggregations } from '../aggregations/collect-aggregations.ts';
import { mergeAggPartials, type AggPartials } from '../aggregations/agg-partial.ts';
import type { CompiledQuery } from '../compile/compiled-query.ts';
import { docFreqsOf } from '../score/doc-freqs.ts';
import { collectTerms } from '../score/query-terms.ts';
import { Weights } from '../score/weights.ts';
import type { SearchPartial, SearchStatistics, ShardFailure } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';
import type { QuerySchema, SearchableSegment } from '../search.ts';
import { Deadline, timedOut } from './deadline.ts';
import { fetchHits } from './fetch-hits.ts';
import { idPosition } from './id-position.ts';
import { ScoreFloor } from './score-floor.ts';
import { afterKeys, findHits, type SegmentHits } from './segment-hits.ts';
import { SegmentState } from './segment-state.ts';
import { planSort, type SortPlan } from './sort-plan.ts';

export interface SearchOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /**
   * Monotonic ms: segments that are not done by then count as failed, with code `timeout`. Only to bring home the hits of
   * those that are, the search may go on for up to a second more.
   */
  readonly deadline?: number;
}

/**
 * Searches segments as one task. All segments go through the rounds together: dictionaries; postings, norms and columns;
 * (the terms of keyword sort values, only then;) the stored documents of the hits. A segment that fails is data in the
 * answer and the others go on; only what is wrong with the request itself rejects (`invalid`), and `cancelled`.
 * @param statistics without docFreqs, document frequencies are summed over the segments given here
 */
export function searchSegments(
  segments: readonly SearchableSegment[],
  request: SearchRequest,
  compiled: CompiledQuery,
  schema: QuerySchema,
  statistics: SearchStatistics,
  options: SearchOptions,
): Promise<SearchPartial> {
  return new SearchTask(segments, request, compiled, schema, statistics, options).run();
}

/** What reading the hits' documents is given even when the deadline is near or over, ms: hits are worth the wait. */
const FETCH_GRACE_MS = 250;
/** How far beyond the deadline all such waits together may go, ms. */
const MAX_OVERTIME_MS = 1_000;

class SearchTask {
  private readonly states: readonly SegmentState[];
  private readonly sort: SortPlan;
  private readonly aggs: readonly AggPlan[];
  private deadline: Deadline;
  private readonly yielder: Yielder;
  private readonly limit: number;
  private cpuMs = 0;
  private ioMs = 0;

  constructor(
    segments: readonly SearchableSegment[],
    private readonly request: SearchRequest,
    private readonly compiled: CompiledQuery,
    schema: QuerySchema,
    private readonly statistics: SearchStatistics,
    private readonly options: SearchOptions,
  ) {
    this.sort = planSort(request, schema, compiled.now);
    this.aggs = planAggregations(request.aggs, schema, compiled.now);
    this.limit = request.from + request.size;
    this.deadline = new Deadline(options.clock, options.deadline, options.signal);
    this.yielder = new Yielder(options.clock);
    this.states = segments.map((segment) => new SegmentState(segment));
  }

  async run(): Promise<SearchPartial> {
    await this.round((state) => this.askDictionaries(state));
    const weights = this.weights();
    await this.round((state) => this.askData(state));
    for (;;) {
      await this.execute(weights);
      const alive = this.alive();
      const started = this.options.clock.monotonic();
      this.extendDeadline();
      const hits = await fetchHits(alive, this.sort, this.request, this.limit, this.deadline);
      this.ioMs += this.options.clock.monotonic() - started;
      this.deadline.checkCancelled();
      this.rethrowInvalid();
      // A segment that failed only now may have kept others' hits off the page: once more, without it.
      if (alive.every(({ error }) => !error)) return this.partial(hits);
      this.extendDeadline();
    }
  }

  /** The segments that came in time must not be lost over one that did not. */
  private extendDeadline(): void {
    const { deadline } = this.options;
    if (deadline === undefined) return;
    this.deadline = this.deadline.atLeast(FETCH_GRACE_MS, deadline + MAX_OVERTIME_MS);
  }

  private alive(): SegmentState[] {
    return this.states.filter(({ error }) => !error);
  }

  /** One wave of requests for every segment that is still alive, all at once. */
  private async round(ask: (state: SegmentState) => Promise<void>): Promise<void> {
    this.deadline.checkCancelled();
    const started = this.options.clock.monotonic();
    await Promise.all(
      this.alive().map(async (state) => {
        try {
          await this.deadline.race(ask(state));
        } catch (error) {
          state.error = asQuarryError(error);
        }
      }),
    );
    this.ioMs += this.options.clock.monotonic() - started;
    this.deadline.checkCancelled();
    this.rethrowInvalid();
  }

  /** What no segment can answer is the request's fault, not the segment's. */
  private rethrowInvalid(): void {
    const wrong = this.states.find(({ error }) => error?.kind === 'invalid' || error?.kind === 'cancelled');
    if (wrong) throw wrong.error!;
  }

  private async askDictionaries(state: SegmentState): Promise<void> {
    const { segment, data, afterTerms } = state;
    const wave = segment.reader.wave();
    data.askTerms(wave, this.compiled.root);
    for (const { field, term } of collectTerms(this.compiled)) data.askTerm(wave, field, term);
    const { after, keys } = this.sort;
    if (after && this.limit > 0) {
      for (const [at, { field, spec }] of keys.entries()) {
        const value = after.values[at]!;
        if (spec?.type === 'keyword' && value !== null && segment.reader.field(field)?.type === 'keyword') {
          afterTerms.set(field, wave.terms(field, { from: String(value) }, 1));
        }
      }
      if (after.id !== undefined) state.afterDoc = wave.docsById([after.id]);
    }
    await wave.flush();
  }

  private weights(): Weights {
    const alive = this.alive();
    const terms = collectTerms(this.compiled);
    const summed = docFreqsOf(terms, (at) => {
      const { field, term } = terms[at]!;
      return alive.reduce((sum, { data }) => sum + (data.term(field, term)?.docFreq ?? 0), 0);
    });
    return new Weights(
      this.statistics,
      summed,
      alive.map(({ segment }) => segment),
    );
  }

  private async askData({ segment, data }: SegmentState): Promise<void> {
    const { root } = this.compiled;
    if (!data.mayMatch(root)) return;
    const wave = segment.reader.wave();
    data.askPostings(wave, root, this.sort.scored && this.limit > 0);
    if (this.limit > 0) {
      data.askRanks(wave);
      for (const { field, spec } of this.sort.keys) if (spec) data.askColumn(wave, field);
    }
    for (const field of aggFields(this.aggs)) data.askColumn(wave, field);
    await wave.flush();
  }

  /** Runs the query over all segments, one after the other; the best score so far is handed on. */
  private async execute(weights: Weights): Promise<void> {
    const { clock } = this.options;
    const floor = new ScoreFloor(this.limit);
    let counted = 0;
    for (const state of this.alive()) {
      this.deadline.checkCancelled();
      const started = clock.monotonic();
      try {
        if (this.deadline.passed) throw timedOut();
        state.hits = await this.findHits(state, weights, floor.value, counted);
        counted += state.hits.count;
        if (this.sort.byScore) floor.add(state.hits.candidates.map(({ score }) => score));
        const { matches } = state.hits;
        state.collected = matches && collectAggregations(this.aggs, matches, state.data);
      } catch (error) {
        state.error = asQuarryError(error);
      }
      this.cpuMs += clock.monotonic() - started;
      if (this.yielder.due()) await this.yielder.yield();
    }
    this.rethrowInvalid();
  }

  private async findHits(state: SegmentState, weights: Weights, floor: number, counted: number): Promise<SegmentHits> {
    const { data } = state;
    const { root } = this.compiled;
    const wantsMatches = this.aggs.length > 0;
    const track = this.request.trackTotalHits;
    const none = new Int32Array(0);
    if (!data.mayMatch(root)) {
      return { candidates: [], count: 0, exact: true, tied: false, matches: wantsMatches ? none : undefined };
    }
    const { sort, limit } = this;
    const run = {
      data,
      root,
      weights,
      sort,
      limit,
      floor,
      countTo: track === true ? Infinity : track === false ? -1 : track - counted,
      wantsMatches,
      afterKeys: afterKeys(sort, (field, term) => placeOf(state, field, term)),
    };
    const afterDoc = state.afterDoc?.value[0] ?? -1;
    const hits = findHits({ ...run, afterRank: afterDoc < 0 ? undefined : data.ranks[afterDoc] });
    if (!hits.tied) return hits;
    return findHits({ ...run, afterRank: await this.deadline.race(idPosition(data, sort.after!.id!)) });
  }

  private partial(hits: SearchPartial['hits']): SearchPartial {
    const alive = this.alive();
    const failed = this.states.flatMap(({ segment, error }): ShardFailure[] =>
      error ? [{ segment: segment.id, error: toErrorRecord(error) }] : [],
    );
    const exact = failed.length === 0 && alive.every((state) => state.hits!.exact);
    return {
      attempted: this.states.length,
      succeeded: alive.length,
      failed,
      total: {
        value: alive.reduce((sum, state) => sum + state.hits!.count, 0),
        relation: exact ? 'eq' : 'gte',
      },
      hits,
      aggs: alive.reduce((sum: AggPartials, state) => mergeAggPartials(sum, state.aggs), {}),
      receipt: {
        segments: this.states.length,
        gets: 0,
        bytes: 0,
        cacheHits: 0,
        ioMs: dyadicMs(this.ioMs),
        cpuMs: dyadicMs(this.cpuMs),
      },
    };
  }
}

/** Ms in 1,024ths: such numbers add up without rounding, so partials merge the same in any order. */
const dyadicMs = (ms: number): number => Math.round(ms * 1024) / 1024;

/** Where a term stands among a keyword field's ordinals: its own ordinal, or between two. */
function placeOf({ data, afterTerms }: SegmentState, field: string, term: string): number {
  const next = afterTerms.get(field)?.value.terms[0];
  if (!next) return (data.reader.field(field)?.termCount ?? 0) - 0.5;
  return next.term === term ? next.ordinal : next.ordinal - 0.5;
}
