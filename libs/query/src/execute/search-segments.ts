import { asQuarryError, toErrorRecord, Yielder, type Clock } from '#libs/kernel';
import type { AggPartials } from '../aggregations/agg-partial.ts';
import { needsAllDocs, needsScores } from '../aggregations/collect/segment-aggs.ts';
import { mergeAggPartials } from '../aggregations/merge-partials.ts';
import type { AggPlan } from '../aggregations/plan/agg-plan.ts';
import { planAggregations } from '../aggregations/plan/plan-aggregations.ts';
import { clausesOf } from '../compile/clause-children.ts';
import type { CompiledQuery } from '../compile/compiled-query.ts';
import { collectTerms, type QueryTerm } from '../score/query-terms.ts';
import { TermMap } from '../score/term-map.ts';
import { Weights } from '../score/weights.ts';
import type { SearchPartial, SearchStatistics, ShardFailure } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';
import type { QuerySchema, SearchableSegment } from '../search.ts';
import { askSuggest } from '../suggest/ask-suggest.ts';
import { planSuggest, type SuggestPlan } from '../suggest/plan-suggest.ts';
import { mergeSuggestPartials, type SuggestPartials } from '../suggest/suggest-partial.ts';
import { Deadline, timedOut } from './deadline.ts';
import { ExecutionWatch } from './execution-watch.ts';
import { expectedDictionaryMs, expectedMs } from './expected-work.ts';
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
import type { StopFlag } from './stop-flag.ts';
import { toldCount } from './told-count.ts';

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
  /** Of other tasks of the same search, whose partials are merged with this one: see `SearchPartial.floor`. */
  readonly floor?: number;
  /** Whether other tasks may want to know the floor of this one. */
  readonly tellsFloor?: boolean;
  /** Told what each segment has contributed, but for hits; for who keeps it. */
  readonly onFound?: (segment: string, finding: SegmentFinding) => void;
  /** In a thread: calls the search off in the midst of a segment, where no signal comes through. */
  readonly stop?: StopFlag;
  /**
   * Told what the search, or the rest of it, will compute (ms, roughly), once or twice before it does: may answer it instead.
   * Undefined, at once or later: it goes on here.
   */
  readonly elsewhere?: (expectedMs: number) => Promise<SearchPartial | undefined> | undefined;
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
const NO_DOCS = new Int32Array(0);
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
  private floor!: ScoreFloor;
  /** Hits in the segments that are done. */
  private counted = 0;
  /** What the scores depend on. */
  private scoredTerms: readonly QueryTerm[];

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
    this.deadline = new Deadline(options.clock, options.deadline, options.signal, options.stop);
    this.yielder = new Yielder(options.clock);
    this.watch = new ExecutionWatch(this.deadline);
    this.states = segments.map((segment) => new SegmentState(segment, this.aggs, options.results, this.watch));
    this.scoredTerms = collectTerms(compiled);
    this.startExecution();
  }

  /** Where everything is at hand, as in a warm search, nothing is waited for: every `await` below is one for a reason. */
  async run(): Promise<SearchPartial> {
    const { elsewhere } = this.options;
    const whole = elsewhere?.(expectedDictionaryMs(this.compiled, this.suggest, this.states));
    if (whole) {
      const answered = await whole;
      if (answered) return answered;
    }
    const dictionaries = this.round((state) => this.askDictionaries(state));
    if (dictionaries) await dictionaries;
    this.endRound();
    this.expand();
    const rest = elsewhere?.(this.expectedMs());
    if (rest) {
      const answered = await rest;
      if (answered) return this.withOwnReads(answered);
    }
    const weights = this.weights();
    const data = this.round((state) => this.askData(state));
    if (data) await data;
    this.endRound();
    for (;;) {
      for (const state of this.alive()) {
        const tie = this.execute(state, weights);
        if (tie) await tie;
        if (this.yielder.due()) await this.yielder.yield();
      }
      this.rethrowInvalid();
      const alive = this.alive();
      const started = this.options.clock.monotonic();
      this.extendDeadline();
      const found = fetchHits(alive, this.sort, this.request, this.limit, this.deadline, this.details(weights));
      const hits = found instanceof Promise ? await found : found;
      this.ioMs += this.options.clock.monotonic() - started;
      this.endRound();
      // A segment that failed only now may have kept others' hits off the page: once more, without it.
      if (this.alive().length === alive.length) return this.partial(hits);
      this.extendDeadline();
      this.startExecution();
    }
  }

  private expectedMs(): number {
    const { compiled, request, sort, limit } = this;
    return expectedMs({ compiled, request, sort, limit }, this.alive());
  }

  /** The dictionaries were read here first. */
  private withOwnReads(answered: SearchPartial): SearchPartial {
    const { receipt } = answered;
    return { ...answered, receipt: { ...receipt, ioMs: receipt.ioMs + dyadicMs(this.ioMs) } };
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

  private alive(): readonly SegmentState[] {
    for (const { error } of this.states) if (error) return this.states.filter((state) => !state.error);
    return this.states;
  }

  /** One wave of requests for every segment that is still alive, all at once. Undefined: all is here. `endRound` follows. */
  private round(ask: (state: SegmentState) => Promise<unknown> | undefined): Promise<unknown> | undefined {
    this.deadline.checkCancelled();
    const started = this.options.clock.monotonic();
    const waits: Promise<void>[] = [];
    for (const state of this.alive()) {
      try {
        const read = ask(state);
        if (read) waits.push(this.inTime(state, read));
      } catch (error) {
        state.error = asQuarryError(error);
      }
    }
    if (waits.length === 0) {
      this.ioMs += this.options.clock.monotonic() - started;
      return undefined;
    }
    return Promise.all(waits).then(() => (this.ioMs += this.options.clock.monotonic() - started));
  }

  private async inTime(state: SegmentState, read: Promise<unknown>): Promise<void> {
    try {
      await this.deadline.race(read);
    } catch (error) {
      state.error = asQuarryError(error);
    }
  }

  private endRound(): void {
    this.deadline.checkCancelled();
    this.rethrowInvalid();
  }

  /** What no segment can answer is the request's fault, not the segment's. */
  private rethrowInvalid(): void {
    for (const { error } of this.states) if (error?.kind === 'invalid' || error?.kind === 'cancelled') throw error;
  }

  private askDictionaries(state: SegmentState): Promise<void> | undefined {
    const { segment, data, aggregations } = state;
    const wave = segment.reader.wave(new ExpansionWatch(this.deadline));
    for (const clause of clausesOf(this.compiled)) data.askTerms(wave, clause);
    aggregations.askDictionaries(wave, this.compiled.query);
    for (const { field, term } of this.scoredTerms) data.askTerm(wave, field, term);
    if (this.suggest.length > 0) state.suggest = askSuggest(wave, segment.reader, this.suggest);
    if (this.limit > 0) {
      askPlaces(wave, state, this.sort);
      const { after } = this.sort;
      if (after?.id !== undefined) state.afterDoc = wave.docsById([after.id]);
    }
    return wave.flush();
  }

  private expand(): void {
    const datas = this.alive().map(({ data }) => data);
    if (datas.every(({ expanding }) => expanding.length === 0)) return;
    const substitutes = chooseExpansions(datas, this.statistics.docFreqs);
    for (const data of datas) data.substitute(substitutes);
    this.compiled = expandQuery(this.compiled, substitutes);
    this.scoredTerms = collectTerms(this.compiled);
  }

  private weights(): Weights {
    const alive = this.alive();
    const summed = new TermMap<number>();
    for (const { field, term } of this.scoredTerms) {
      let sum = 0;
      for (const { data } of alive) sum += data.term(field, term)?.docFreq ?? 0;
      summed.set(field, term, sum);
    }
    return new Weights(
      this.statistics,
      summed,
      alive.map(({ segment }) => segment),
    );
  }

  private askData({ segment, data, aggregations }: SegmentState): Promise<unknown> | undefined {
    const matches = this.mayMatch(data);
    if (!matches && !needsAllDocs(this.aggs)) return undefined;
    const wave = segment.reader.wave();
    const { root, query, named } = this.compiled;
    const isScored = (this.sort.scored && this.limit > 0) || needsScores(this.aggs);
    aggregations.askData(wave);
    const isCounted = this.limit === 0 && !aggregations.wantsDocs && toldCount(root, data) !== undefined;
    if (matches && !isCounted) {
      data.askPostings(wave, root, isScored);
      if (query !== root) data.askPostings(wave, query, isScored);
      for (const { clause } of named) data.askPostings(wave, clause, false);
      if (this.limit > 0) {
        data.askRanks(wave);
        for (const { field, spec } of this.sort.keys) if (spec) data.askColumn(wave, field);
      }
    }
    const [read, hashes] = [wave.flush(), data.readIdHashes()];
    return hashes ? Promise.all([read, hashes]) : read;
  }

  /** For a hit, or only for the aggregations. */
  private mayMatch(data: SegmentData): boolean {
    const { root, query } = this.compiled;
    return data.mayMatch(root) || (this.aggs.length > 0 && data.mayMatch(query));
  }

  private startExecution(): void {
    this.floor = new ScoreFloor(this.limit, this.options.floor);
    this.counted = 0;
  }

  /**
   * Runs the query over a segment; the best score so far is handed on to the next. A promise where the page begins within a
   * tie of this segment and its place must be read.
   */
  private execute(state: SegmentState, weights: Weights): Promise<void> | undefined {
    this.deadline.checkCancelled();
    const started = this.options.clock.monotonic();
    try {
      if (this.deadline.passed) throw timedOut();
      const hits = this.findHits(state, weights);
      if (hits.tied) return this.executeTied(state, weights, started);
      this.take(state, hits, weights);
    } catch (error) {
      state.error = asQuarryError(error);
    }
    this.cpuMs += this.options.clock.monotonic() - started;
    return undefined;
  }

  private async executeTied(state: SegmentState, weights: Weights, started: number): Promise<void> {
    try {
      const position = await this.deadline.race(idPosition(state.data, this.sort.after!.id!));
      this.take(state, this.findHits(state, weights, position), weights);
    } catch (error) {
      state.error = asQuarryError(error);
    }
    this.cpuMs += this.options.clock.monotonic() - started;
  }

  private take(state: SegmentState, hits: SegmentHits, weights: Weights): void {
    state.hits = hits;
    this.counted += hits.count;
    if (this.states.length > 1 || this.options.tellsFloor) this.floor.add(this.floorValues(hits.candidates));
    state.collected = this.collect(state, weights);
  }

  /** What compares across segments, falling: scores, or the negative of the first sort key; ordinals do not. */
  private floorValues(candidates: SegmentHits['candidates']): number[] {
    if (this.sort.byScore) return candidates.map(({ score }) => score);
    const first = this.sort.keys[0];
    if (!first || first.spec?.type === 'keyword') return [];
    return candidates.map(({ keys }) => -keys[0]!);
  }

  private collect({ hits, data, aggregations }: SegmentState, weights: Weights): SegmentState['collected'] {
    if (this.aggs.length === 0) return undefined;
    const { matches = NO_DOCS } = hits!;
    const isScored = matches.length > 0 && needsScores(this.aggs);
    return aggregations.collect(matches, isScored ? scoreDocs(this.compiled.query, data, weights) : undefined);
  }

  private findHits(state: SegmentState, weights: Weights, afterRank?: number): SegmentHits {
    const { data } = state;
    const { root, query } = this.compiled;
    const { wantsDocs: wantsMatches } = state.aggregations;
    const track = this.request.trackTotalHits;
    if (!this.mayMatch(data)) {
      return { candidates: [], count: 0, exact: true, tied: false, matches: wantsMatches ? NO_DOCS : undefined };
    }
    const { sort, limit } = this;
    const placeInState = (field: string, term: string): number => placeOf(state, field, term);
    const afterDoc = state.afterDoc?.value[0] ?? -1;
    return findHits({
      data,
      root,
      query,
      weights,
      sort,
      limit,
      floor: this.floor.value,
      countTo: track === true ? Infinity : track === false ? -1 : track - this.counted,
      wantsMatches,
      afterKeys: afterKeys(sort, placeInState),
      placeOf: placeInState,
      afterRank: afterRank ?? (afterDoc < 0 ? undefined : data.ranks[afterDoc]),
    });
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
      ...(this.options.tellsFloor && Number.isFinite(this.floor.own) && { floor: this.floor.own }),
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
