export * from './limits.ts';
export { OptionReader, type OptionShape } from './option-reader.ts';
export { parseSourceFilter } from './parse-source-filter.ts';
export { parseQuery, SUPPORTED_QUERIES } from './queries/parse-query.ts';
export { parseQueryString, type QueryStringOptions } from './query-string/parse-query-string.ts';
export { readQuery } from './read-query.ts';
export { requestError } from './request-error.ts';
export { parseSearchRequest } from './parse-search-request.ts';
export { SUPPORTED_AGGREGATIONS } from './aggregations/parse-aggregations.ts';
