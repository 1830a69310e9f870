export * from './query-node.ts';
export * from './search-partial.ts';
export * from './search-request.ts';
export * from './search.ts';
export * from './syntax/index.ts';
