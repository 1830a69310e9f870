export * from './analyzer.ts';
export * from './analyzers.ts';
export { Analysis, analysisOf, type AdHocChain } from './analysis.ts';
export type { AnalysisSettings } from './definition/analysis-settings.ts';
export { validateAnalysis } from './definition/validate-analysis.ts';
export { wordBoundaries } from './word-break/word-breaker.ts';
export { WordBatch, hashBytes, writeUtf8 } from './words/word-batch.ts';
