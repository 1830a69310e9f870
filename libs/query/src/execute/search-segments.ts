import { asQuarryError, toErrorRecord, Yielder, type Clock } from '#libs/kernel';
import type { AggPartials } from '../aggregations/agg-partial.ts';
import { needsAllDocs, needsScores } from '../aggregations/collect/segment-aggs.ts';
import { mergeAggPartials } from '../aggregations/merge-partials.ts';
import type { AggPlan } from '../aggregations/plan/agg-plan.ts';
import { planAggregations } from '../aggregations/plan/plan-aggregations.ts';
import { clausesOf } from '../compile/clause-children.ts';
import type { CompiledQuery } from '../compile/compiled-query.ts';
import { collectTerms, termKey } from '../score/query-terms.ts';
import { Weights } from '../score/weights.ts';
import type { SearchPartial, SearchStatistics, ShardFailure } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';
import type { QuerySchema, SearchableSegment } from '../search.ts';
import { askSuggest } from '../suggest/ask-suggest.ts';
import { planSuggest, type SuggestPlan } from '../suggest/plan-suggest.ts';
import { mergeSuggestPartials, type SuggestPartials } from '../suggest/suggest-partial.ts';
import { Deadline, timedOut } from './deadline.ts';
import { ExecutionWatch } from './execution-watch.ts';
import { chooseExpansions, expandQuery } from './expand-clauses.ts';
import { ExpansionWatch } from './expansion-watch.ts';
import { fetchHits } from './fetch-hits.ts';
import type { HitDetails } from './hit-details.ts';
import { idPosition } from './id-position.ts';
import { scoreDocs } from './score-docs.ts';
import { ScoreFloor } from './score-floor.ts';
import { afterKeys, findHits, type SegmentHits } from './segment-hits.ts';
import type { SegmentData } from './segment-data.ts';
import type { SegmentResultCache } from './segment-results.ts';
import { SegmentState } from './segment-state.ts';
import { askPlaces, placeOf } from './sort-places.ts';
import { planSort, type SortPlan } from './sort-plan.ts';

export interface SearchOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /**
   * Monotonic ms: segments that are not done by then count as failed, with code `timeout`. Only to bring home the hits of
   * those that are, the search may go on for up to a second more.
   */
  readonly deadline?: number;
  /** Filters that were computed for earlier searches. */
  readonly results?: SegmentResultCache;
  /** Told what each segment has contributed, but for hits; for who keeps it. */
  readonly onFound?: (segment: string, finding: SegmentFinding) => void;
}

/** What one segment contributes to a search without hits. */
export interface SegmentFinding {
  /** Exact. */
  readonly count: number;
  readonly aggs: AggPartials;
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
  private readonly suggest: readonly SuggestPlan[];
  private deadline: Deadline;
  /** The same deadline, for what runs over one segment. */
  private readonly watch: ExecutionWatch;
  private readonly yielder: Yielder;
  private readonly limit: number;
  private cpuMs = 0;
  private ioMs = 0;

  constructor(
    segments: readonly SearchableSegment[],
    private readonly request: SearchRequest,
    /** After round 1 with the terms that fuzzy words and begun phrases stand for. */
    private compiled: CompiledQuery,
    schema: QuerySchema,
    private readonly statistics: SearchStatistics,
    private readonly options: SearchOptions,
  ) {
    this.sort = planSort(request, schema, compiled.now);
    this.aggs = planAggregations(request.aggs, schema, compiled.now);
    this.suggest = planSuggest(request.suggest, schema);
    this.limit = request.from + request.size;
    this.deadline = new Deadline(options.clock, options.deadline, options.signal);
    this.yielder = new Yielder(options.clock);
    this.watch = new ExecutionWatch(this.deadline);
    this.states = segments.map((segment) => new SegmentState(segment, this.aggs, options.results, this.watch));
  }

  async run(): Promise<SearchPartial> {
    await this.round((state) => this.askDictionaries(state));
    this.expand();
    const weights = this.weights();
    await this.round((state) => this.askData(state));
    for (;;) {
      await this.execute(weights);
      const alive = this.alive();
      const started = this.options.clock.monotonic();
      this.extendDeadline();
      const hits = await fetchHits(alive, this.sort, this.request, this.limit, this.deadline, this.details(weights));
      this.ioMs += this.options.clock.monotonic() - started;
      this.deadline.checkCancelled();
      this.rethrowInvalid();
      // A segment that failed only now may have kept others' hits off the page: once more, without it.
      if (alive.every(({ error }) => !error)) return this.partial(hits);
      this.extendDeadline();
    }
  }

  private details(weights: Weights): HitDetails | undefined {
    const { query, named } = this.compiled;
    if (this.request.explain !== true && named.length === 0) return undefined;
    return { explained: this.request.explain === true ? query : undefined, named, weights };
  }

  /** The segments that came in time must not be lost over one that did not. */
  private extendDeadline(): void {
    const { deadline } = this.options;
    if (deadline === undefined) return;
    this.deadline = this.deadline.atLeast(FETCH_GRACE_MS, deadline + MAX_OVERTIME_MS);
    this.watch.deadline = this.deadline;
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
    const { segment, data, aggregations } = state;
    const wave = segment.reader.wave(new ExpansionWatch(this.deadline));
    for (const clause of clausesOf(this.compiled)) data.askTerms(wave, clause);
    aggregations.askDictionaries(wave);
    for (const { field, term } of collectTerms(this.compiled)) data.askTerm(wave, field, term);
    if (this.suggest.length > 0) state.suggest = askSuggest(wave, segment.reader, this.suggest);
    if (this.limit > 0) {
      askPlaces(wave, state, this.sort);
      const { after } = this.sort;
      if (after?.id !== undefined) state.afterDoc = wave.docsById([after.id]);
    }
    await wave.flush();
  }

  private expand(): void {
    const datas = this.alive().map(({ data }) => data);
    const substitutes = chooseExpansions(datas, this.statistics.docFreqs);
    for (const data of datas) data.substitute(substitutes);
    this.compiled = expandQuery(this.compiled, substitutes);
  }

  private weights(): Weights {
    const alive = this.alive();
    const summed = new Map<string, number>();
    for (const { field, term } of collectTerms(this.compiled)) {
      let sum = 0;
      for (const { data } of alive) sum += data.term(field, term)?.docFreq ?? 0;
      summed.set(termKey(field, term), sum);
    }
    return new Weights(
      this.statistics,
      summed,
      alive.map(({ segment }) => segment),
    );
  }

  private async askData({ segment, data, aggregations }: SegmentState): Promise<void> {
    const matches = this.mayMatch(data);
    if (!matches && !needsAllDocs(this.aggs)) return;
    const wave = segment.reader.wave();
    const { root, query, named } = this.compiled;
    const isScored = (this.sort.scored && this.limit > 0) || needsScores(this.aggs);
    aggregations.askData(wave);
    if (matches) {
      for (const clause of new Set([root, query])) data.askPostings(wave, clause, isScored);
      for (const { clause } of named) data.askPostings(wave, clause, false);
      if (this.limit > 0) {
        data.askRanks(wave);
        for (const { field, spec } of this.sort.keys) if (spec) data.askColumn(wave, field);
      }
    }
    await Promise.all([wave.flush(), data.readIdHashes()]);
  }

  /** For a hit, or only for the aggregations. */
  private mayMatch(data: SegmentData): boolean {
    const { root, query } = this.compiled;
    return data.mayMatch(root) || (this.aggs.length > 0 && data.mayMatch(query));
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
        floor.add(this.floorValues(state.hits.candidates));
        state.collected = this.collect(state, weights);
      } catch (error) {
        state.error = asQuarryError(error);
      }
      this.cpuMs += clock.monotonic() - started;
      if (this.yielder.due()) await this.yielder.yield();
    }
    this.rethrowInvalid();
  }

  /** What compares across segments, falling: scores, or the negative of the first sort key; ordinals do not. */
  private floorValues(candidates: SegmentHits['candidates']): number[] {
    if (this.sort.byScore) return candidates.map(({ score }) => score);
    const first = this.sort.keys[0];
    if (!first || first.spec?.type === 'keyword') return [];
    return candidates.map(({ keys }) => -keys[0]!);
  }

  private collect({ hits, data, aggregations }: SegmentState, weights: Weights): SegmentState['collected'] {
    const { matches } = hits!;
    if (!matches) return undefined;
    const isScored = matches.length > 0 && needsScores(this.aggs);
    return aggregations.collect(matches, isScored ? scoreDocs(this.compiled.query, data, weights) : undefined);
  }

  private async findHits(state: SegmentState, weights: Weights, floor: number, counted: number): Promise<SegmentHits> {
    const { data } = state;
    const { root, query } = this.compiled;
    const wantsMatches = this.aggs.length > 0;
    const track = this.request.trackTotalHits;
    const none = new Int32Array(0);
    if (!this.mayMatch(data)) {
      return { candidates: [], count: 0, exact: true, tied: false, matches: wantsMatches ? none : undefined };
    }
    const { sort, limit } = this;
    const placeInState = (field: string, term: string): number => placeOf(state, field, term);
    const run = {
      data,
      root,
      query,
      weights,
      sort,
      limit,
      floor,
      countTo: track === true ? Infinity : track === false ? -1 : track - counted,
      wantsMatches,
      afterKeys: afterKeys(sort, placeInState),
      placeOf: placeInState,
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
    const suggest = alive.reduce(
      (sum: SuggestPartials | undefined, state) => mergeSuggestPartials(sum, state.suggest?.()),
      undefined,
    );
    for (const { segment, hits: found, aggs } of this.options.onFound ? alive : []) {
      if (found!.exact) this.options.onFound!(segment.id, { count: found!.count, aggs });
    }
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
      aggs: alive.reduce((sum: AggPartials, state) => mergeAggPartials(sum, state.aggs, this.request.aggs), {}),
      ...(suggest && { suggest }),
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
