import { startRedis, startRedisCluster, startSentinel } from '../../../../test/services/redis-server.mjs';
import { createIds, systemClock, systemRandom, toErrorRecord } from '#libs/kernel';
import { eventually, ids, newJob, partialOf, planOf, running } from '../job-store-contract-fixture.ts';
import type { JobState } from '../job-store.ts';
import { RedisJobStore } from './redis-job-store.ts';
import { locationOf, redisSite, type RedisSite } from './redis-site-fixture.ts';

const LOAD_MS = 700;

interface Acknowledged {
  state?: JobState;
  partials: number;
  planned: boolean;
}

/** One job after another until Redis fails; what was acknowledged of each. */
async function load(store: RedisJobStore, seen: Map<string, Acknowledged>): Promise<void> {
  for (;;) {
    const job = newJob();
    const acknowledged: Acknowledged = { partials: 0, planned: false };
    await store.create(job);
    seen.set(job.id, acknowledged);
    acknowledged.state = 'queued';
    await store.transition(job.id, ['queued'], { state: 'planning' });
    acknowledged.state = 'planning';
    await store.recordPlan(job.id, planOf(2));
    acknowledged.state = 'running';
    acknowledged.planned = true;
    for (const task of [0, 1]) {
      await store.recordPartial(job.id, task, partialOf(task));
      acknowledged.partials++;
    }
    await store.transition(job.id, ['running'], { state: 'succeeded' });
    acknowledged.state = 'succeeded';
  }
}

const ORDER: (JobState | undefined)[] = [undefined, 'queued', 'planning', 'running', 'succeeded'];

it('loses nothing that was acknowledged when Redis is killed under load (appendfsync always)', async () => {
  const redis = await startRedis({ appendonly: true, fsync: 'always' });
  const site = redisSite(redis.url);
  try {
    const store = await site.connect();
    const lease = (await store.acquireLease('l', 'a', 60_000))!;
    const seen = new Map<string, Acknowledged>();
    const loads = Array.from({ length: 16 }, () => load(store, seen).catch(toErrorRecord));
    await systemClock.sleep(LOAD_MS);
    await redis.kill();
    for (const ending of await Promise.all(loads)) expect(ending).toMatchObject({ kind: 'unavailable' });
    await redis.restart();

    await eventually(() => store.ping());
    expect(seen.size).toBeGreaterThan(50);
    const unfinished: string[] = [];
    for (const [id, { state, partials, planned }] of seen) {
      const job = await store.get(id);
      // What was not acknowledged may have happened or not.
      expect(ORDER.indexOf(job!.state)).toBeGreaterThanOrEqual(ORDER.indexOf(state));
      expect((await store.partials(id)).size).toBeGreaterThanOrEqual(partials);
      expect(job!.progress.done).toBe((await store.partials(id)).size);
      if (planned) expect(await store.getPlan(id)).toEqual(planOf(2));
      if (job!.state !== 'succeeded') unfinished.push(id);
    }
    const stalled = await store.listStalled(systemClock.now() + 1, 1000);
    expect(stalled.map(({ id }) => id)).toEqual(expect.arrayContaining(unfinished));
    expect(await store.acquireLease('l', 'b', 1000)).toBeUndefined();
    await store.releaseLease(lease);
    expect((await store.acquireLease('l', 'b', 1000))!.token).toBeGreaterThan(lease.token);
  } finally {
    await site.destroy();
    await redis.stop();
  }
});

/** Resolves at the first call after this one. */
function nextCall(store: RedisJobStore, id: string): { heard: Promise<void>; ready: Promise<() => void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { heard: promise, ready: store.watch(id, resolve) };
}

it('calls whoever watches after an outage, and hears of changes again', async () => {
  const redis = await startRedis({ appendonly: true });
  const site = redisSite(redis.url);
  try {
    const [store, other] = [await site.connect(), await site.connect()];
    const id = await running(store, 2);
    const missed = nextCall(store, id);
    await missed.ready;
    await redis.restart();
    await missed.heard;
    // Watched while there was no connection: heard of as soon as there is one.
    await redis.kill();
    const meanwhile = nextCall(store, id);
    await meanwhile.ready;
    await redis.restart();
    await meanwhile.heard;
    const later = nextCall(store, id);
    await later.ready;
    await eventually(async () => void (await other.recordPartial(id, 0, partialOf(1))));
    await later.heard;
    expect(await store.taskState(id, 0)).toEqual({ recorded: true, remaining: 1 });
  } finally {
    await site.destroy();
    await redis.stop();
  }
});

describe('on a Cluster', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  let site: RedisSite;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  beforeEach(() => {
    site = redisSite(cluster.url);
  });
  afterEach(() => site.destroy());
  afterAll(() => cluster.stop());

  it('spreads jobs over all masters', async () => {
    const store = await site.connect();
    await Promise.all(Array.from({ length: 100 }, () => store.create(newJob())));
    for (const node of cluster.nodes) {
      expect(((await node.command('KEYS', `${site.namespace}:*:job:*`)) as string[]).length).toBeGreaterThan(10);
    }
    expect(await store.list({ tenant: 'acme' }, { limit: 200 })).toHaveLength(100);
  });

  it('goes on hearing whichever node restarts', async () => {
    const [store, other] = [await site.connect(), await site.connect()];
    for (const node of cluster.nodes) {
      await node.restart();
      let heard = 0;
      await eventually(async () => {
        const id = await running(store, 2);
        const stop = await store.watch(id, () => heard++);
        await other.recordPartial(id, 0, partialOf(1));
        await eventually(async () => expect(heard).toBeGreaterThan(0));
        stop();
      });
    }
  });

  it('names the node that may drop jobs', async () => {
    const store = await site.connect();
    expect(await store.evictingNodes()).toEqual([]);
    await cluster.nodes[2]!.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
    expect(await store.evictingNodes()).toEqual([
      { node: `127.0.0.1:${cluster.nodes[2]!.port}`, policy: 'allkeys-random' },
    ]);
    await cluster.nodes[2]!.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  });
});

it('follows a failover of Sentinel', async () => {
  const sentinel = await startSentinel();
  const namespace = `test-${createIds(systemClock, systemRandom).next()}`;
  const store = await RedisJobStore.open({ location: locationOf(sentinel.url), namespace, clock: systemClock });
  try {
    const id = await running(store, 2);
    await eventually(async () => {
      const replicated = (await sentinel.replica.command('KEYS', `${namespace}:*:plan:*`)) as string[];
      expect(replicated).toHaveLength(1);
    });
    const missed = nextCall(store, id);
    await missed.ready;
    await sentinel.master.kill();
    await missed.heard;
    await eventually(async () => {
      expect(await store.recordPartial(id, 0, partialOf(1))).toMatchObject({ remaining: 1 });
    });
    expect(await store.get(id)).toMatchObject({ state: 'running', progress: { done: 1 } });
  } finally {
    await store.close();
    await sentinel.stop();
  }
});

it('refuses a namespace with braces', async () => {
  const location = locationOf('redis://127.0.0.1:1');
  const refused = await RedisJobStore.open({ location, namespace: `{${ids.next()}}`, clock: systemClock }).catch(
    toErrorRecord,
  );
  expect(refused).toMatchObject({ kind: 'invalid', code: 'bad_namespace' });
});
