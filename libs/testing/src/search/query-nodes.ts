import type {
  BoolNode,
  FuzzyOptions,
  FunctionScoreNode,
  MatchNode,
  QueryNode,
  RangeNode,
  Scalar,
  SearchRequest,
} from '#libs/query';

/** Short ways to write requests in tests. */
export const matchAll = (boost = 1): QueryNode => ({ type: 'match_all', boost, path: 'query' });
export const term = (field: string, value: Scalar, boost = 1): QueryNode => ({
  type: 'term',
  field,
  value,
  boost,
  path: 'query',
});
export const terms = (field: string, values: readonly Scalar[], boost = 1): QueryNode => ({
  type: 'terms',
  field,
  values,
  boost,
  path: 'query',
});
export const match = (field: string, query: string, options: Partial<MatchNode> = {}): QueryNode => ({
  type: 'match',
  field,
  query,
  operator: 'or',
  boost: 1,
  path: 'query',
  ...options,
});
export const phrase = (field: string, query: string, slop = 0, boost = 1): QueryNode => ({
  type: 'match_phrase',
  field,
  query,
  slop,
  boost,
  path: 'query',
});
export const range = (
  field: string,
  bounds: Pick<RangeNode, 'gt' | 'gte' | 'lt' | 'lte' | 'format' | 'timeZone'>,
  boost = 1,
): QueryNode => ({
  type: 'range',
  field,
  boost,
  path: 'query',
  ...bounds,
});
export const exists = (field: string, boost = 1): QueryNode => ({ type: 'exists', field, boost, path: 'query' });
export const prefix = (field: string, value: string, boost = 1): QueryNode => ({
  type: 'prefix',
  field,
  value,
  boost,
  path: 'query',
});
export const ids = (values: readonly string[], boost = 1): QueryNode => ({ type: 'ids', values, boost, path: 'query' });
export const bool = (parts: Partial<Omit<BoolNode, 'type'>>): QueryNode => ({
  type: 'bool',
  must: [],
  should: [],
  filter: [],
  mustNot: [],
  boost: 1,
  path: 'query',
  ...parts,
});
export const disMax = (queries: readonly QueryNode[], tieBreaker = 0, boost = 1): QueryNode => ({
  type: 'dis_max',
  queries,
  tieBreaker,
  boost,
  path: 'query',
});

export const functionScore = (
  query: QueryNode,
  parts: Partial<Omit<FunctionScoreNode, 'type' | 'query'>>,
): QueryNode => ({
  type: 'function_score',
  query,
  functions: [],
  scoreMode: 'multiply',
  boostMode: 'multiply',
  boost: 1,
  path: 'query',
  ...parts,
});

export const request = (query: QueryNode, options: Partial<SearchRequest> = {}): SearchRequest => ({
  query,
  size: 10,
  from: 0,
  sort: [],
  aggs: {},
  trackTotalHits: true,
  consistency: 'strong',
  searchType: 'dfs',
  ...options,
});

export const wildcard = (field: string, value: string, options: { caseInsensitive?: true } = {}): QueryNode => ({
  type: 'wildcard',
  field,
  value,
  boost: 1,
  path: 'query',
  ...options,
});
export const regexp = (field: string, value: string, options: { caseInsensitive?: true } = {}): QueryNode => ({
  type: 'regexp',
  field,
  value,
  boost: 1,
  path: 'query',
  ...options,
});
export const fuzziness = (options: Partial<FuzzyOptions> = {}): FuzzyOptions => ({
  fuzziness: 'AUTO',
  prefixLength: 0,
  maxExpansions: 50,
  transpositions: true,
  ...options,
});
export const fuzzy = (field: string, value: string, options: Partial<FuzzyOptions> = {}, boost = 1): QueryNode => ({
  type: 'fuzzy',
  field,
  value,
  boost,
  path: 'query',
  fuzzy: fuzziness(options),
});
export const phrasePrefix = (field: string, query: string, maxExpansions = 50, slop = 0): QueryNode => ({
  type: 'match_phrase_prefix',
  field,
  query,
  slop,
  maxExpansions,
  boost: 1,
  path: 'query',
});
export const boolPrefix = (field: string, query: string, options: Partial<MatchNode> = {}): QueryNode => ({
  operator: 'or',
  boost: 1,
  path: 'query',
  ...options,
  type: 'match_bool_prefix',
  field,
  query,
});
