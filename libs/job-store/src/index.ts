export * from './job-store.ts';
export * from './membership.ts';
export { PatientJobStore, type PatientJobStoreOptions } from './patient-job-store.ts';
export { EmbeddedJobStore, type EmbeddedJobStoreOptions } from './embedded/embedded-job-store.ts';
export { MemoryJobStore, type MemoryJobStoreOptions } from './memory/memory-job-store.ts';
export { openRedisJobStore } from './open-redis-job-store.ts';
export type { RedisJobStore, RedisJobStoreOptions } from './redis/redis-job-store.ts';
