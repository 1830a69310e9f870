import { compareCodePoints, type ErrorRecord } from '#libs/kernel';
import type { AggPartials } from '../aggregations/agg-partial.ts';
import { mergeAggPartials } from '../aggregations/merge-partials.ts';
import type { PartialHit, SearchPartial, SearchReceipt, ShardFailure } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';
import { mergeSuggestPartials } from '../suggest/suggest-partial.ts';
import { compareHits } from './compare-hits.ts';

type Ordering = Pick<SearchRequest, 'sort' | 'from' | 'size' | 'aggs'>;

/** The identity of `mergeSearchPartials`. */
export function emptySearchPartial(_request: SearchRequest): SearchPartial {
  return {
    attempted: 0,
    succeeded: 0,
    failed: [],
    total: { value: 0, relation: 'eq' },
    hits: [],
    aggs: {},
    receipt: { segments: 0, gets: 0, bytes: 0, cacheHits: 0, ioMs: 0, cpuMs: 0 },
  };
}

/**
 * MERGE-1: associative and commutative with `emptySearchPartial` as its identity, so partials may arrive in any order and
 * be folded in any grouping. Throws `invalid` (`too_many_buckets` and the like) when aggregations outgrow their bound only together.
 */
export function mergeSearchPartials(a: SearchPartial, b: SearchPartial, request: Ordering): SearchPartial {
  const suggest = mergeSuggestPartials(a.suggest, b.suggest);
  return {
    attempted: a.attempted + b.attempted,
    succeeded: a.succeeded + b.succeeded,
    failed: [...a.failed, ...b.failed].toSorted(compareFailures),
    total: {
      value: a.total.value + b.total.value,
      relation: a.total.relation === 'eq' && b.total.relation === 'eq' ? 'eq' : 'gte',
    },
    hits: mergeHits(a.hits, b.hits, request),
    aggs: mergeAggPartials(a.aggs as AggPartials, b.aggs as AggPartials, request.aggs),
    ...(suggest && { suggest }),
    ...floorOf(a, b),
    receipt: addReceipts(a.receipt, b.receipt),
  };
}

/** What each of them is sure of, both are. */
function floorOf(a: SearchPartial, b: SearchPartial): Pick<SearchPartial, 'floor'> {
  if (a.floor === undefined && b.floor === undefined) return {};
  return { floor: Math.max(a.floor ?? -Infinity, b.floor ?? -Infinity) };
}

const compareFailures = (a: ShardFailure, b: ShardFailure): number =>
  compareCodePoints(a.segment, b.segment) || compareCodePoints(textOf(a.error), textOf(b.error));

const textOf = ({ kind, code, message }: ErrorRecord): string => `${kind} ${code} ${message}`;

const addReceipts = (a: SearchReceipt, b: SearchReceipt): SearchReceipt => ({
  segments: a.segments + b.segments,
  gets: a.gets + b.gets,
  bytes: a.bytes + b.bytes,
  cacheHits: a.cacheHits + b.cacheHits,
  ...((a.hedges !== undefined || b.hedges !== undefined) && { hedges: (a.hedges ?? 0) + (b.hedges ?? 0) }),
  ioMs: a.ioMs + b.ioMs,
  cpuMs: a.cpuMs + b.cpuMs,
});

function mergeHits(a: readonly PartialHit[], b: readonly PartialHit[], request: Ordering): PartialHit[] {
  const limit = request.from + request.size;
  const merged: PartialHit[] = [];
  let i = 0;
  let j = 0;
  while (merged.length < limit && (i < a.length || j < b.length)) {
    if (j === b.length || (i < a.length && compareHits(request, a[i]!, b[j]!) <= 0)) merged.push(a[i++]!);
    else merged.push(b[j++]!);
  }
  return merged;
}
