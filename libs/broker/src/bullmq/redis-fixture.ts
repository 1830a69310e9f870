import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { createIds, systemClock, systemRandom } from '#libs/kernel';
import { connectRedis, type RedisLocation } from '#libs/redis';
import type { BullMqBrokerOptions } from './bullmq-broker-options.ts';

/** Of a plain redis://host:port. */
export function redisLocation(url: string | undefined): RedisLocation {
  if (url === undefined) throw new Error('QUARRY_TEST_REDIS_URL is not set: it names the Redis to test against');
  const { hostname, port } = new URL(url);
  return { mode: 'standalone', nodes: [{ host: hostname, port: Number(port) || 6379 }], database: 0, tls: false };
}

/** A namespace of its own at that Redis, with locks that end soon. */
export function optionsAt(url: string | undefined, name = 'test'): BullMqBrokerOptions {
  return {
    location: redisLocation(url),
    namespace: `${name}-${randomBytes(6).toString('hex')}`,
    clock: systemClock,
    random: systemRandom,
    ids: createIds(systemClock, systemRandom),
    lockDurationMs: 900,
    stalledIntervalMs: 300,
  };
}

/** Removes all keys of a namespace. */
export async function cleanNamespace(site: { location: RedisLocation; namespace: string }): Promise<void> {
  const client = (await connectRedis(site.location, { name: 'clean' })) as Redis;
  const stream = client.scanStream({ match: `{${site.namespace}}*`, count: 1000 });
  for await (const keys of stream as AsyncIterable<string[]>) if (keys.length > 0) await client.unlink(...keys);
  client.disconnect();
}
