export * from './index-catalog.ts';
export * from './manifest.ts';
export * from './opened-segment.ts';
