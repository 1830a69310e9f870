import type { FuzzyOptions } from '../query-node.ts';

/**
 * What a request may ask for at most. Each limit keeps one hostile body from costing more than an honest one: they are
 * checked before the work (and before the recursion) that they bound.
 */

/** Levels of queries in queries, query strings included: far above what people write, far below what a stack bears. */
export const MAX_QUERY_DEPTH = 50;

/** Query nodes in all, a field of a multi-field query counting as one: each is a scorer in every segment. */
export const MAX_CLAUSES = 4096;

/** Values of one `terms` or `ids` query: one dictionary look-up each. Elasticsearch's `index.max_terms_count`. */
export const MAX_TERMS_VALUES = 65_536;

/** UTF-8 bytes of one query string: it bounds the lexer's and the parser's work, which is linear in it. */
export const MAX_QUERY_STRING_BYTES = 32 * 1024;

/** Levels of aggregations in aggregations: buckets multiply level by level. */
export const MAX_AGGREGATION_DEPTH = 8;

/** Aggregations in all, over all levels. */
export const MAX_AGGREGATIONS = 256;

/** Buckets that one `terms` aggregation may return, and ranges that one range aggregation may list. */
export const MAX_TERMS_BUCKETS = 65_536;
export const MAX_RANGES = 1024;

/** Filters of one `filters` aggregation, values that one `include` or `exclude` lists, points of one `percentiles`. */
export const MAX_FILTERS = 1024;
export const MAX_LISTED_VALUES = 65_536;
export const MAX_PERCENTILES = 1024;

/** Sources of one `composite` aggregation: a document with several values in each makes their product. */
export const MAX_COMPOSITE_SOURCES = 16;

/** from + size of one `top_hits`: every bucket keeps so many documents. Elasticsearch's `index.max_inner_result_window`. */
export const MAX_TOP_HITS_WINDOW = 100;

/** from + size: every shard collects that many hits, so deep pages go by searchAfter. Elasticsearch's default. */
export const MAX_RESULT_WINDOW = 10_000;

/** Keys of one sort: each is a column read in every segment. */
export const MAX_SORT_KEYS = 16;

/** Highlighted fields, and names or patterns in `fields` and `_source`: each is tried on every hit. */
export const MAX_FIELD_PATTERNS = 1024;

/** A day: a search is a job and may run long, but a longer timeout is a mistyped unit. */
export const MAX_TIMEOUT_MS = 86_400_000;

/** Characters of an offending value that an error repeats. */
export const MAX_SHOWN_CHARACTERS = 200;

/** One boost: products of 50 nested ones stay finite, and a larger one is a typing error. */
export const MAX_BOOST = 1e6;

/** Suggesters of one search, and what each may show for a word: all come from the dictionaries in one go. */
export const MAX_SUGGESTERS = 32;
export const MAX_SUGGESTIONS = 1000;

/** Terms that a fuzzy word or the last word of a phrase may stand for: Elasticsearch's default, and the most. */
export const DEFAULT_MAX_EXPANSIONS = 50;
export const MAX_MAX_EXPANSIONS = 1024;

/** Elasticsearch's defaults. */
export const DEFAULT_FUZZY: FuzzyOptions = {
  fuzziness: 'AUTO',
  prefixLength: 0,
  maxExpansions: DEFAULT_MAX_EXPANSIONS,
  transpositions: true,
};
