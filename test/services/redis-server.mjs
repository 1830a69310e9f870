/** The three shapes of Redis that tests start for themselves. */
export { startRedis } from './own-redis.mjs';
export { startRedisCluster } from './redis-cluster.mjs';
export { startSentinel } from './redis-sentinel.mjs';
