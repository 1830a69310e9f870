export * from './job-store.ts';
export { EmbeddedJobStore, type EmbeddedJobStoreOptions } from './embedded/embedded-job-store.ts';
export { MemoryJobStore, type MemoryJobStoreOptions } from './memory/memory-job-store.ts';
