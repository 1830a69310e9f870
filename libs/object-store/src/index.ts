export * from './coalesce-ranges.ts';
export * from './file/file-object-store.ts';
export * from './memory/memory-object-store.ts';
export * from './object-key.ts';
export * from './object-store.ts';
