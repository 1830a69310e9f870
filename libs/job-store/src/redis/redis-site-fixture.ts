import { Cluster } from 'ioredis';
import { createIds, systemClock, systemRandom } from '#libs/kernel';
import { connectRedis, type RedisClient, type RedisLocation } from '#libs/redis';
import { RedisJobStore, type RedisJobStoreOptions } from './redis-job-store.ts';

const ids = createIds(systemClock, systemRandom);

/** Of the shared server of the tests; a missing one fails. */
export function sharedRedisUrl(): string {
  const url = process.env['QUARRY_TEST_REDIS_URL'];
  if (url === undefined) throw new Error('QUARRY_TEST_REDIS_URL is not set; see test/services/README.md');
  return url;
}

/** For the URLs that test/services gives: redis://host:port, redis+cluster://host:port,host:port, redis+sentinel://host:port/master. */
export function locationOf(url: string): RedisLocation {
  const [, kind, hosts, master] = /^redis(?:\+(cluster|sentinel))?:\/\/([^/]+)(?:\/(.*))?$/.exec(url)!;
  const nodes = hosts!.split(',').map((node) => {
    const [host, port] = node.split(':');
    return { host: host!, port: Number(port) };
  });
  const common = { nodes, database: 0, tls: false };
  if (kind === 'sentinel') return { ...common, mode: 'sentinel', master: master! };
  return { ...common, mode: kind === 'cluster' ? 'cluster' : 'standalone' };
}

export interface RedisSite {
  readonly namespace: string;
  connect(more?: Partial<RedisJobStoreOptions>): Promise<RedisJobStore>;
  /** Every key of the namespace, on every node. */
  keys(): Promise<string[]>;
  /** Closes the clients and deletes the keys. */
  destroy(): Promise<void>;
}

/** A namespace of its own on that Redis. */
export function redisSite(url: string): RedisSite {
  const location = locationOf(url);
  const namespace = `test-${ids.next()}`;
  const stores: RedisJobStore[] = [];
  const onNodes = async <T>(
    work: (node: { keys(pattern: string): Promise<string[]>; unlink(key: string): Promise<number> }) => Promise<T>,
  ): Promise<T[]> => {
    const client = await connectAgain(location);
    try {
      return await Promise.all(
        (client instanceof Cluster ? client.nodes('master') : [client]).map((node) => work(node)),
      );
    } finally {
      client.disconnect();
    }
  };
  return {
    namespace,
    connect: async (more = {}) => {
      const store = await RedisJobStore.open({ location, namespace, clock: systemClock, ...more });
      stores.push(store);
      return store;
    },
    keys: async () => (await onNodes((node) => node.keys(`${namespace}:*`))).flat(),
    destroy: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await onNodes(async (node) => {
        for (const key of await node.keys(`${namespace}:*`)) await node.unlink(key);
      });
    },
  };
}

/** Until a node that was restarted by the test is part of its Cluster again. */
async function connectAgain(location: RedisLocation): Promise<RedisClient> {
  for (;;) {
    try {
      return await connectRedis(location, { name: 'test' });
    } catch {
      await systemClock.sleep(50);
    }
  }
}
