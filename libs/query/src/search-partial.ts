import type { ErrorRecord } from '#libs/kernel';
import type { Scalar } from './query-node.ts';
import type { SuggestEntry } from './suggest/finish-suggest.ts';
import type { SuggestPartials } from './suggest/suggest-partial.ts';

/**
 * What one shard, or any number of them folded, found. JSON-serialisable. `mergeSearchPartials` is associative and
 * commutative with `emptySearchPartial` as its identity.
 */
export interface SearchPartial {
  /** Segments. A failed segment is data, not an exception. */
  readonly attempted: number;
  readonly succeeded: number;
  readonly failed: readonly ShardFailure[];
  readonly total: { readonly value: number; readonly relation: 'eq' | 'gte' };
  /** Best first, at most from + size; ordered by sort values (or score), then `_id` by code points. */
  readonly hits: readonly PartialHit[];
  readonly aggs: Readonly<Record<string, unknown>>;
  /** Undefined when nothing is to be suggested, or no segment has answered. */
  readonly suggest?: SuggestPartials;
  /**
   * The k-th best of a shard's hits (k = from + size), in a measure that rises and that all shards share: the score, or the
   * negative of the first sort key. What another shard has strictly below it is on no page. Absent when there are fewer, or
   * the sort values of different segments do not compare.
   */
  readonly floor?: number;
  readonly receipt: SearchReceipt;
}

export interface ShardFailure {
  readonly segment: string;
  readonly error: ErrorRecord;
}

export interface PartialHit {
  readonly id: string;
  /** Null when sorted by fields and the score was not asked for. */
  readonly score: number | null;
  /** One value a sort key, when the request sorts by fields. */
  readonly sort?: readonly (Scalar | null)[];
  readonly segment: string;
  /** The document's JSON text, as stored; empty when the request shows nothing of it. */
  readonly source: string;
  /** When it was asked for; its value is the score. */
  readonly explanation?: Explanation;
  /** Names of the queries that it matches, when any has a name. */
  readonly matchedQueries?: readonly string[];
}

/** How a number came about, as Lucene says it. */
export interface Explanation {
  readonly value: number;
  readonly description: string;
  readonly details: readonly Explanation[];
}

/** Counts of work; they add up. Times in ms. */
export interface SearchReceipt {
  readonly segments: number;
  readonly gets: number;
  readonly bytes: number;
  readonly cacheHits: number;
  /** Of `gets`, second requests for what took long; absent for none. */
  readonly hedges?: number;
  readonly ioMs: number;
  readonly cpuMs: number;
}

/** Statistics that scores are computed from. Same for all segments of a search, so that scores can be compared. */
export interface SearchStatistics {
  /** By field: documents that have it and tokens in all of them. From the manifest. */
  readonly fields: Readonly<Record<string, { readonly docCount: number; readonly tokenCount: number }>>;
  /** Document frequency by field, then term. Given by `dfs`; else each task sums those of its own segments. */
  readonly docFreqs?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The answer of DESIGN §6. */
export interface SearchResult {
  readonly took: number;
  readonly version: number;
  readonly total: { readonly value: number; readonly relation: 'eq' | 'gte' };
  readonly maxScore: number | null;
  readonly hits: readonly SearchHit[];
  readonly aggs?: Readonly<Record<string, unknown>>;
  readonly suggest?: Readonly<Record<string, readonly SuggestEntry[]>>;
  readonly shards: {
    readonly total: number;
    readonly successful: number;
    readonly failed: number;
    readonly skipped: number;
  };
  readonly failures?: readonly ShardFailure[];
  /** Share of the segments that answered, 0 … 1. */
  readonly coverage: number;
  /** What the search cost; added by the job, which knows of queues and money. */
  readonly receipt?: Readonly<Record<string, number>>;
}

export interface SearchHit {
  readonly _id: string;
  readonly _score: number | null;
  readonly _source?: unknown;
  readonly fields?: Readonly<Record<string, readonly unknown[]>>;
  readonly highlight?: Readonly<Record<string, readonly string[]>>;
  readonly sort?: readonly (Scalar | null)[];
  readonly matched_queries?: readonly string[];
  readonly _explanation?: Explanation;
}
