export * from './object-store-registry.ts';
export * from './registry.ts';
