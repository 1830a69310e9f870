export * from './redis-location.ts';
export * from './connect-redis.ts';
export * from './describe-location.ts';
export * from './redis-errors.ts';
export * from './eviction.ts';
