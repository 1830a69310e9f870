export * from './fuzz/index.ts';
export * from './search/query-nodes.ts';
export * from './search/random-request.ts';
export * from './search/random-search.ts';
export * from './time/own-time.ts';
