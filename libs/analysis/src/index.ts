export * from './analyzer.ts';
export * from './analyzers.ts';
export { wordBoundaries } from './word-break/word-breaker.ts';
