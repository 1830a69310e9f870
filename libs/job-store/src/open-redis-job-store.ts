import type { RedisJobStore, RedisJobStoreOptions } from './redis/redis-job-store.ts';

/** Loads Redis's client only where it is used. Rejects with one clear error when Redis cannot be reached. */
export async function openRedisJobStore(options: RedisJobStoreOptions): Promise<RedisJobStore> {
  const { RedisJobStore: Adapter } = await import('./redis/redis-job-store.ts');
  return Adapter.open(options);
}
