import { systemClock, toErrorRecord, type ErrorRecord } from '#libs/kernel';
import { OwnTime } from '#libs/testing';
import { freePorts } from '../../../test/services/free-ports.mjs';
import { startRedis, startRedisCluster, startSentinel, type OwnRedis } from '../../../test/services/redis-server.mjs';
import { connectRedis, type RedisClient, type RedisOptions } from './connect-redis.ts';
import { describeLocation } from './describe-location.ts';
import { describeEviction, findEvictingNodes } from './eviction.ts';
import { translateRedisError } from './redis-errors.ts';
import type { RedisLocation } from './redis-location.ts';

const standalone = (port: number, more: Partial<RedisLocation> = {}): RedisLocation => ({
  mode: 'standalone',
  nodes: [{ host: '127.0.0.1', port }],
  database: 0,
  tls: false,
  ...more,
});

let clients: RedisClient[];
const connect = async (location: RedisLocation, more: Partial<RedisOptions> = {}): Promise<RedisClient> => {
  const client = await connectRedis(location, { name: 'spec', ...more });
  clients.push(client);
  return client;
};
const refusal = async (location: RedisLocation): Promise<ErrorRecord> => {
  const error = await connectRedis(location, { name: 'spec' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const record = toErrorRecord(error);
  expect(JSON.stringify(record)).not.toContain('geheim');
  return record;
};
const failure = async (work: Promise<unknown>): Promise<ErrorRecord> =>
  toErrorRecord(translateRedisError(await work.then(fail, (error: unknown) => error)));
const fail = (): never => {
  throw new Error('it was expected to fail');
};

/** Looks again until it holds. */
async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check().catch(() => false))) await systemClock.sleep(10);
}

beforeEach(() => {
  clients = [];
});
afterEach(() => clients.forEach((client) => client.disconnect()));

describe('a first connect that fails', () => {
  it('says where nobody answers', async () => {
    const [port] = await freePorts(1);
    const record = await refusal(standalone(port!, { password: 'geheim' }));
    expect(record).toMatchObject({ kind: 'unavailable', code: 'redis_unavailable' });
    expect(record.message).toContain(`127.0.0.1:${port} cannot be reached`);
    expect(record.message).toContain('ECONNREFUSED');
  });

  it('says so of Sentinels and of a cluster', async () => {
    const nodes = (await freePorts(2)).map((port) => ({ host: '127.0.0.1', port }));
    for (const location of [
      { mode: 'sentinel', nodes, master: 'm', database: 0, tls: false },
      { mode: 'cluster', nodes, database: 0, tls: false },
    ] as const) {
      const record = await refusal(location);
      expect(record).toMatchObject({ kind: 'unavailable', code: 'redis_unavailable' });
      expect(record.message).toContain(`127.0.0.1:${nodes[1]!.port}`);
    }
  });

  it('says that the password is missing, or wrong, or the database does not exist', async () => {
    const redis = await startRedis({ args: ['--databases', 2] });
    try {
      expect(await refusal(standalone(redis.port, { database: 3 }))).toMatchObject({
        kind: 'invalid',
        code: 'redis_database',
      });
      await redis.command('CONFIG', 'SET', 'requirepass', 'geheim');
      const denied = { kind: 'invalid', code: 'access_denied' };
      expect(await refusal(standalone(redis.port))).toMatchObject(denied);
      expect(await refusal(standalone(redis.port, { password: 'geheimer' }))).toMatchObject(denied);
      expect(await refusal(standalone(redis.port, { username: 'nobody', password: 'geheim' }))).toMatchObject(denied);
      await (await connect(standalone(redis.port, { password: 'geheim', database: 1 }))).set('a', 'b');
    } finally {
      await redis.stop();
    }
  });
});

describe('a connected client', () => {
  let redis: OwnRedis;
  beforeEach(async () => {
    redis = await startRedis({ appendonly: true });
  });
  afterEach(() => redis.stop());

  it('rides out a restart', async () => {
    const client = await connect(standalone(redis.port));
    await client.set('a', '1');
    const restarted = redis.restart();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.incr('a')));
    await restarted;
    expect(Math.max(...answers)).toBeGreaterThanOrEqual(21);
  });

  it('fails as unavailable while Redis is away, says so once, and goes on when it is back', async () => {
    const errors: ErrorRecord[] = [];
    const client = await connect(standalone(redis.port), { onError: (error) => errors.push(toErrorRecord(error)) });
    await redis.kill();
    const time = OwnTime.start();
    expect(await failure(client.get('a'))).toMatchObject({ kind: 'unavailable', code: 'redis_unavailable' });
    expect(time.stop()).toBeLessThan(5500);
    expect(await failure(client.get('a'))).toMatchObject({ kind: 'unavailable' });
    expect(errors).toEqual([expect.objectContaining({ kind: 'unavailable', code: 'redis_unavailable' })]);
    await redis.restart();
    await until(async () => (await client.set('a', 'b')) === 'OK');
  });

  it('does not wait for ever for an answer, unless it is made for waiting', async () => {
    const client = await connect(standalone(redis.port));
    const patient = await connect(standalone(redis.port), { blocking: true });
    await redis.command('CLIENT', 'PAUSE', 7000, 'ALL');
    const answer = patient.ping();
    const record = await failure(client.get('a'));
    expect(record).toMatchObject({ kind: 'unavailable' });
    expect(record.message).toContain('no answer in time');
    expect(await answer).toBe('PONG');
  });

  it('tells a full Redis from one that is away', async () => {
    const client = await connect(standalone(redis.port));
    await redis.command('CONFIG', 'SET', 'maxmemory', 1);
    expect(await failure(client.set('a', 'b'))).toMatchObject({ kind: 'overloaded', code: 'redis_full' });
    expect(await failure(client.call('NONSENSE'))).toMatchObject({ kind: 'internal', code: 'redis_error' });
  });

  it('names a policy that may drop jobs', async () => {
    const location = standalone(redis.port);
    const client = await connect(location);
    expect(await findEvictingNodes(client, location)).toEqual([]);
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const nodes = await findEvictingNodes(client, location);
    expect(nodes).toEqual([{ node: `127.0.0.1:${redis.port}`, policy: 'allkeys-lru' }]);
    expect(describeEviction(nodes)).toContain(`127.0.0.1:${redis.port} has maxmemory-policy allkeys-lru`);
  });
});

it('names the one node of a cluster that may drop jobs, and survives the restart of another', async () => {
  const cluster = await startRedisCluster();
  try {
    const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    const location: RedisLocation = { mode: 'cluster', nodes, database: 0, tls: false };
    const client = await connect(location);
    await cluster.nodes[1]!.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl');
    expect(await findEvictingNodes(client, location)).toEqual([
      { node: `127.0.0.1:${nodes[1]!.port}`, policy: 'volatile-ttl' },
    ]);
    await cluster.nodes[0]!.restart();
    const keys = Array.from({ length: 30 }, (_, i) => `key${i}`);
    await until(async () => (await Promise.all(keys.map((key) => client.set(key, '1')))).every((ok) => ok === 'OK'));
  } finally {
    await cluster.stop();
  }
});

it('follows the master that Sentinel names', async () => {
  const sentinel = await startSentinel();
  try {
    const [, port, master] = /:(\d+)\/(.+)$/.exec(sentinel.url)!;
    const nodes = [{ host: '127.0.0.1', port: Number(port) }];
    const location: RedisLocation = { mode: 'sentinel', nodes, master: master!, database: 0, tls: false };
    const client = await connect(location);
    await client.set('a', 'before');
    await until(async () => (await sentinel.replica.command('GET', 'a')) === 'before');
    await sentinel.master.kill();
    await until(async () => (await client.set('a', 'after')) === 'OK');
    expect(await sentinel.replica.command('GET', 'a')).toBe('after');
    expect(await refusal({ ...location, master: 'nobody' })).toMatchObject({ kind: 'unavailable' });
  } finally {
    await sentinel.stop();
  }
});

it('describes where without secrets', () => {
  const nodes = [
    { host: 'h', port: 1 },
    { host: '::1', port: 2 },
  ];
  const common = { nodes, database: 0, tls: true, username: 'geheim', password: 'geheim' };
  expect(describeLocation({ ...common, mode: 'cluster' })).toBe('cluster h:1,[::1]:2');
  expect(describeLocation({ ...common, mode: 'sentinel', master: 'm', database: 2 })).toBe(
    'master m of sentinels h:1,[::1]:2/2',
  );
  expect(describeLocation({ ...common, mode: 'standalone', nodes: [nodes[0]!] })).toBe('h:1');
});
