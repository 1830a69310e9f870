export * from './limits.ts';
export { parseQuery, SUPPORTED_QUERIES } from './queries/parse-query.ts';
export { parseQueryString, type QueryStringOptions } from './query-string/parse-query-string.ts';
export { parseSearchRequest } from './parse-search-request.ts';
export { SUPPORTED_AGGREGATIONS } from './aggregations/parse-aggregations.ts';
