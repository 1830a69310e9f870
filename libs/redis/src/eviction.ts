import { Cluster } from 'ioredis';
import type { RedisClient } from './connect-redis.ts';
import { describeLocation } from './describe-location.ts';
import { translateRedisError } from './redis-errors.ts';
import type { RedisLocation } from './redis-location.ts';

export interface EvictingNode {
  /** host:port, or the location of a single Redis. */
  readonly node: string;
  /** Its `maxmemory-policy`. */
  readonly policy: string;
}

/**
 * The nodes that may drop keys to make room: anything but `maxmemory-policy noeviction` can lose accepted jobs. Reads INFO,
 * which managed services allow where they forbid CONFIG. A node that does not say counts as safe.
 */
export async function findEvictingNodes(client: RedisClient, location: RedisLocation): Promise<EvictingNode[]> {
  const at = describeLocation(location);
  const nodes =
    client instanceof Cluster
      ? client.nodes('master').map((redis) => ({ redis, node: `${redis.options.host}:${redis.options.port}` }))
      : [{ redis: client, node: at }];
  try {
    const policies = await Promise.all(
      nodes.map(async ({ redis, node }) => ({ node, policy: policyIn(await redis.info('memory')) })),
    );
    return policies.filter(({ policy }) => policy !== 'noeviction');
  } catch (error) {
    throw translateRedisError(error, 'redis_unavailable', at);
  }
}

const policyIn = (info: string): string => /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';

/** One line for an operator. */
export const describeEviction = (nodes: readonly EvictingNode[]): string =>
  `${nodes.map(({ node, policy }) => `redis at ${node} has maxmemory-policy ${policy}`).join('; ')}: it may drop accepted ` +
  'jobs; set maxmemory-policy noeviction';
