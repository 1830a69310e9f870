import { isNumeric } from '../compile/field-value.ts';
import type { Clause } from '../compile/compiled-query.ts';
import type { Weights } from '../score/weights.ts';
import { countBits, docsOf, hasBit, intersect, liveDocs, type Bits } from './bits.ts';
import { createScorer } from './create-scorer.ts';
import { WORK_OF_SCORER } from './execution-watch.ts';
import { matchingDocs } from './matching-docs.ts';
import { resolveMinScores } from './min-score.ts';
import { runScored } from './run-scored.ts';
import type { SegmentData } from './segment-data.ts';
import {
  MissingSortColumn,
  NumericSortColumn,
  OrdinalSortColumn,
  ScoreSortColumn,
  type SortColumn,
} from './sort-column.ts';
import type { PlannedSortKey, SortPlan } from './sort-plan.ts';
import { offerByZones } from './offer-by-zones.ts';
import { SortedHits } from './sorted-hits.ts';
import { toldCount } from './told-count.ts';
import { TopHits } from './top-hits.ts';

/** A document that may be among the page's, found in one segment. */
export interface Candidate {
  readonly doc: number;
  readonly score: number;
  /** By sort key, in the segment's own numbers (see SortColumn); empty when sorted by score. */
  readonly keys: Float64Array;
}

export interface SegmentHits {
  /** In order, at most as many as asked. */
  readonly candidates: readonly Candidate[];
  readonly count: number;
  readonly exact: boolean;
  /** The page begins within a tie of this segment, and `afterRank` was not given: run again with it. */
  readonly tied: boolean;
  /** Documents that match and are not deleted, when asked for. */
  readonly matches: Int32Array | undefined;
}

export interface SegmentRun {
  readonly data: SegmentData;
  readonly root: Clause;
  /** What aggregations see. */
  readonly query: Clause;
  readonly weights: Weights;
  readonly sort: SortPlan;
  /** from + size */
  readonly limit: number;
  /** Scores (of the first sort key: negative values) below are of no use: the page is full of better ones. -Infinity: none. */
  readonly floor: number;
  /** Documents that must still be counted exactly; Infinity: all. */
  readonly countTo: number;
  /** For aggregations. */
  readonly wantsMatches: boolean;
  /** Place of searchAfter's id among the segment's: see `idPosition`. */
  readonly afterRank: number | undefined;
  /** searchAfter's values as the segment's numbers; see `afterKeys`. */
  readonly afterKeys: readonly number[] | undefined;
  readonly placeOf: PlaceOf;
}

/** Executes a query over one segment whose data is all there: synchronous, over typed arrays. */
export function findHits(run: SegmentRun): SegmentHits {
  const scored = run.sort.scored && run.limit > 0;
  for (const clause of new Set([run.root, run.query])) resolveMinScores(clause, run.data, run.weights, scored);
  // Where no hits are asked for there is nothing to sort.
  return run.sort.byScore || run.limit === 0 ? hitsByScore(run) : hitsByFields(run);
}

function hitsByScore(run: SegmentRun): SegmentHits {
  const { data, root, sort, limit } = run;
  // Counting a set is cheaper than scoring every document: then the top can be pruned from the start.
  const told = run.wantsMatches ? undefined : toldCount(root, data);
  const asSet =
    run.wantsMatches || (told === undefined && (limit === 0 || (run.countTo === Infinity && countsAsSet(root))));
  const counted = asSet ? liveMatches(root, data) : undefined;
  const top = new TopHits(
    limit,
    limit > 0 ? data.ranks : NO_RANKS,
    run.floor,
    counted || told !== undefined ? -1 : run.countTo,
    sort.after && {
      score: sort.after.values[0] === null ? -Infinity : Number(sort.after.values[0]),
      rank: afterRankOf(run),
    },
  );
  const known = limit === 0 ? undefined : runScored(root, data, run.weights, top);
  const count = counted ? countBits(counted) : (told ?? known ?? top.count);
  return {
    candidates: top.take(),
    count,
    exact: counted !== undefined || told !== undefined || known !== undefined || !top.skipped,
    tied: top.tied,
    matches: run.wantsMatches ? docsOf(run.query === root ? counted! : liveMatches(run.query, data)) : undefined,
  };
}

const NO_RANKS = new Uint16Array(0);

/** Without an id, a page begins behind all documents of the same values. */
const afterRankOf = ({ sort, afterRank }: SegmentRun): number | undefined =>
  sort.after?.id === undefined ? Infinity : afterRank;

/** Whether it is cheaper to collect all matches than to walk and score them: no phrases, and no rare word leads. */
function countsAsSet(clause: Clause): boolean {
  if (clause.kind === 'bool') {
    if (clause.must.length + clause.filter.length > 0) return false;
    return [...clause.should, ...clause.mustNot].every((child) => countsAsSet(child));
  }
  if (clause.kind === 'dis_max') return clause.clauses.every((child) => countsAsSet(child));
  if (clause.kind === 'function_score' || clause.kind === 'min_score') return countsAsSet(clause.clause);
  return clause.kind !== 'phrase';
}

/** The documents that match and are not deleted: exactly, nothing is pruned. */
export function liveMatches(root: Clause, data: SegmentData): Bits {
  const bits = matchingDocs(root, data);
  const live = liveDocs(data.segment.deleted);
  if (live) intersect(bits, live);
  return bits;
}

function hitsByFields(run: SegmentRun): SegmentHits {
  const { data, root, sort, limit } = run;
  const columns = sort.keys.map((key) => sortColumn(key, run));
  const rank = afterRankOf(run);
  const sorted = new SortedHits(
    limit,
    columns,
    limit > 0 ? data.ranks : NO_RANKS,
    sort.idDescending,
    run.afterKeys && { keys: run.afterKeys, rank: rank === Infinity && sort.idDescending ? -Infinity : rank },
    -run.floor,
  );
  const bits = liveMatches(root, data);
  const count = countBits(bits);
  if (limit > 0 && count > 0) {
    if (sort.scored) offerScored(run, bits, columns, sorted);
    else offerByZones(bits, data, columns, sorted);
  }
  return {
    candidates: sorted.take(),
    count,
    exact: true,
    tied: sorted.tied,
    matches: run.wantsMatches ? docsOf(run.query === root ? bits : liveMatches(run.query, data)) : undefined,
  };
}

function offerScored(
  { data, root, weights }: SegmentRun,
  bits: Bits,
  columns: readonly SortColumn[],
  sorted: SortedHits,
): void {
  const scoreColumns = columns.filter((column) => column instanceof ScoreSortColumn);
  const scorer = createScorer(root, data, weights);
  for (let doc = scorer.next(); doc < data.docCount; doc = scorer.next()) {
    data.watch.spend(WORK_OF_SCORER);
    if (!hasBit(bits, doc)) continue;
    const score = scorer.score();
    for (const column of scoreColumns) column.score = score;
    sorted.offer(doc, score);
  }
}

export function sortColumn(key: PlannedSortKey, { data, placeOf }: Pick<SegmentRun, 'data' | 'placeOf'>): SortColumn {
  const { field, spec, missing, missingAs } = key;
  const descending = key.order === 'desc';
  if (!spec) return new ScoreSortColumn(descending);
  let without = missing === '_first' ? -Infinity : Infinity;
  if (missingAs !== undefined) {
    const place = typeof missingAs === 'string' ? placeOf(field, missingAs) : missingAs;
    without = descending ? -place : place;
  }
  const numeric = data.numericColumn(field);
  if (numeric) return new NumericSortColumn(numeric, key, spec.type !== 'double', without);
  const keyword = data.keywordColumn(field);
  return keyword ? new OrdinalSortColumn(keyword, key, without) : new MissingSortColumn(without);
}

/** Where a keyword stands in a segment's dictionary: its ordinal, or between two. */
export type PlaceOf = (field: string, term: string) => number;

/** searchAfter's values as this segment's numbers. */
export function afterKeys(sort: SortPlan, placeOf: PlaceOf): number[] | undefined {
  return sort.after?.values.map((value, at) => {
    const { field, spec, order, missing } = sort.keys[at]!;
    if (value === null) return missing === '_first' ? -Infinity : Infinity;
    const number = spec && !isNumeric(spec.type) ? placeOf(field, String(value)) : Number(value);
    return order === 'desc' ? -number : number;
  });
}
