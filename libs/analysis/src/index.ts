export * from './analyzer.ts';
