import { jest } from '@jest/globals';
import { systemClock, toErrorRecord } from '#libs/kernel';
import { connectRedis } from '#libs/redis';
import { ended, eventually, ids, newJob, partialOf, planOf, running, tick } from '../job-store-contract-fixture.ts';
import type { JobEnd } from '../job-store.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { JobStoreKeys } from './job-keys.ts';
import type { RedisJobStore } from './redis-job-store.ts';
import { RedisRecords } from './redis-records.ts';
import { RedisScripts, type Reply } from './redis-scripts.ts';
import { locationOf, redisSite, sharedRedisUrl, type RedisSite } from './redis-site-fixture.ts';
import { CONFIRM_KEY, FORGET_KEY } from './scripts/key-scripts.ts';
import { CREATE_JOB } from './scripts/record-scripts.ts';
import type { RedisScript } from './scripts/redis-script.ts';

let site: RedisSite;
let store: RedisJobStore;
let keys: JobStoreKeys;
let scripts: RedisScripts;
beforeEach(async () => {
  site = redisSite(sharedRedisUrl());
  store = await site.connect();
  keys = new JobStoreKeys(site.namespace);
  scripts = new RedisScripts(await connectRedis(locationOf(sharedRedisUrl()), { name: 'spec' }), 'spec');
});
afterEach(async () => {
  await scripts.close();
  await site.destroy();
});

it('leaves nothing behind of what was deleted', async () => {
  for (const state of ['succeeded', 'failed', 'cancelled', 'expired'] as const) {
    await ended(store, state);
    const idempotency = { key: state, fingerprint: 'f' };
    const id = await running(store, 2, { idempotency, subject: 's', transient: true, announce: true });
    await store.recordPartial(id, 0, partialOf(1));
    await store.reportProgress(id, 0, { doneBytes: 1, totalBytes: 2, documents: 3 });
    await store.transition(id, ['running'], { state });
    await store.markAnnounced(id);
  }
  expect(await store.deleteEnded(await tick(), 100)).toHaveLength(8);
  expect(await site.keys()).toEqual([]);
});

it('gives an ended job a time to live, and takes it back when it is reopened', async () => {
  const id = await running(store, 2);
  await store.recordPartial(id, 0, partialOf(1));
  const { job, plan, partials } = keys.of(id);
  const ttls = (): Promise<number[]> =>
    scripts.ask((client) => Promise.all([job, plan, partials].map((key) => client.pttl(key))));
  expect(await ttls()).toEqual([-1, -1, -1]);
  await store.transition(id, ['running'], { state: 'failed' });
  for (const ttl of await ttls()) expect(ttl).toBeGreaterThan(29 * 24 * 3_600_000);
  await store.reopen(id, [1]);
  expect(await ttls()).toEqual([-1, -1, -1]);
});

it('begins anew with a job that ended whole and is reopened, and gave it a time to live until then', async () => {
  const { id } = newJob();
  await store.create(newJob({ id }));
  await store.endWhole(id, { state: 'failed' }, 1);
  const ttl = (): Promise<number> => scripts.ask((client) => client.pttl(keys.of(id).job));
  expect(await ttl()).toBeGreaterThan(29 * 24 * 3_600_000);
  expect((await store.list({ state: 'failed' }, { limit: 10 })).map((job) => job.id)).toEqual([id]);
  expect(await store.reopen(id, [0])).toMatchObject({ state: 'queued', progress: { total: 0, done: 0, failed: 0 } });
  expect(await ttl()).toBe(-1);
  await store.recordPlan(id, planOf(2));
  expect(await store.recordPartial(id, 0, partialOf(1))).toEqual({ recorded: true, remaining: 1 });
});

it('hands the end of a job to the process that expects it, over a channel of its own', async () => {
  const other = await site.connect();
  const job = { ...newJob({ transient: true }), createdAt: 1000, startedAt: 2000 };
  const end = { state: 'succeeded', result: { text: 'a\nb' }, coverage: 1, receipt: { gets: 2 } } as const;
  const { promise, resolve } = Promise.withResolvers<JobEnd | undefined>();
  const { answerTo } = await store.expect(job.id, resolve);
  const silent = jest.fn();
  expect((await other.expect(job.id, silent)).answerTo).not.toBe(answerTo);
  await other.recordWhole(job, end, answerTo);
  const { finishedAt } = (await other.get(job.id))!;
  expect(await promise).toEqual({ ...end, startedAt: 2000, finishedAt });
  // What comes after it on the same connection has come: so would have what came before.
  const later = { ...newJob(), createdAt: 1000, startedAt: 2000 };
  const heard = Promise.withResolvers<JobEnd | undefined>();
  const expectation = await other.expect(later.id, heard.resolve);
  await store.recordWhole(later, end, expectation.answerTo);
  await heard.promise;
  expect(silent).not.toHaveBeenCalled();
});

it('hears of any number of jobs over one channel for each bucket, and tells only who watches', async () => {
  const told: string[] = [];
  const watched = await Promise.all(Array.from({ length: 100 }, () => running(store, 2)));
  const stops = await Promise.all(watched.map((id) => store.watch(id, () => told.push(id))));
  const ofBuckets = new Set(watched.map((id) => keys.channel(id)));
  expect(ofBuckets.size).toBeLessThanOrEqual(keys.buckets.length);
  const channels = async (): Promise<Set<string>> =>
    new Set(await scripts.ask((client) => client.pubsub('CHANNELS', `${site.namespace}:*`) as Promise<string[]>));
  expect(await channels()).toEqual(ofBuckets);
  for (const stop of stops.slice(1)) stop();
  for (const id of watched.toReversed()) await store.recordPartial(id, 0, partialOf(1));
  await eventually(async () => expect(told).toEqual([watched[0]]));
  stops[0]!();
  expect(await channels()).toEqual(ofBuckets);
});

it('takes jobs that are gone out of every list', async () => {
  const gone = [await running(store, 1), await running(store, 1, { transient: true }), await ended(store, 'failed')];
  const owing = await running(store, 1, { announce: true });
  await store.transition(owing, ['running'], { state: 'failed' });
  gone.push(owing);
  for (const id of gone) await scripts.ask((client) => client.unlink(keys.of(id).job));
  const before = await tick();
  expect(await store.list({ tenant: 'acme' }, { limit: 10 })).toEqual([]);
  expect(await store.list({ state: 'failed' }, { limit: 10 })).toEqual([]);
  expect(await store.list({ kind: 'search' }, { limit: 10 })).toEqual([]);
  expect(await store.list({}, { limit: 10 })).toEqual([]);
  expect(await store.listStalled(before, 10)).toEqual([]);
  expect(await store.listUnannounced(before, 10)).toEqual([]);
  expect(await store.deleteEnded(before, 10)).toEqual([]);
  // Redis forgets the plans in time; an index that nobody walks keeps its entries until somebody does.
  const left = (await site.keys()).filter((key) => !/:(plan|partials|progress|tenant|kind):/.test(key));
  expect(left).toEqual([]);
});

it('finds a rare job among many of one bucket', async () => {
  const many: string[] = [];
  while (many.length < 1200) {
    const id = ids.next();
    if (keys.of(id).bucket === keys.buckets[3]) many.push(id);
  }
  const oldest = many.toSorted()[0]!;
  await Promise.all(many.map((id) => store.create(newJob({ id, index: id === oldest ? 'rare' : 'books' }))));
  const found = await store.list({ tenant: 'acme', index: 'rare' }, { limit: 5 });
  expect(found.map(({ id }) => id)).toEqual([oldest]);
  const pages: string[] = [];
  for (let after: string | undefined; ; after = pages.at(-1)) {
    const page = await store.list({ index: 'books' }, { limit: 500, ...(after !== undefined && { after }) });
    if (page.length === 0) break;
    pages.push(...page.map(({ id }) => id));
  }
  expect(pages).toEqual(many.toSorted().toReversed().slice(0, -1));
});

it('tries to sort ids alike, whatever their characters', async () => {
  for (const id of ['a', 'B', '_', '0']) await store.create(newJob({ id }));
  expect((await store.list({}, { limit: 9 })).map(({ id }) => id)).toEqual(['a', '_', 'B', '0']);
});

describe('a process that dies or stands still while it makes a job with an idempotency key', () => {
  const idempotency = { key: 'k', fingerprint: 'f' };
  const claims = (): IdempotencyKeys => new IdempotencyKeys(scripts, keys, systemClock, (id) => store.get(id));

  it('before it made the job: the next one takes over, within seconds', async () => {
    expect(await claims().claim(ids.next(), 'acme', idempotency)).toHaveProperty('claim');
    expect(await store.getByKey('acme', idempotency)).toBeUndefined();
    const job = newJob({ idempotency });
    expect(await store.create(job)).toMatchObject({ created: true, job: { id: job.id } });
    expect(await store.create(newJob({ idempotency }))).toMatchObject({ created: false, job: { id: job.id } });
  });

  it('before it confirmed: the next one gets that job', async () => {
    const dead = newJob({ idempotency });
    const dying = new RedisRecords(new Interrupted(scripts, CONFIRM_KEY, async () => fail()), keys, systemClock);
    await dying.create(dead).catch(() => undefined);
    expect(await store.create(newJob({ idempotency }))).toMatchObject({ created: false, job: { id: dead.id } });
  });

  it('between the deletions of a job and its key: the key is free', async () => {
    const id = await running(store, 0, { idempotency });
    await store.transition(id, ['running'], { state: 'succeeded' });
    const dying = new RedisRecords(new Interrupted(scripts, FORGET_KEY, async () => fail()), keys, systemClock);
    const fields = await scripts.ask((client) => client.hgetall(keys.of(id).job));
    await dying.delete({ job: (await store.get(id))!, fields }).catch(() => undefined);
    expect(await store.get(id)).toBeUndefined();
    expect(await store.create(newJob({ idempotency: { ...idempotency, fingerprint: 'g' } }))).toMatchObject({
      created: true,
    });
  });

  it('and comes back when another has taken over: it answers with the other’s job, and its own goes', async () => {
    const [slow, quick] = [newJob({ idempotency }), newJob({ idempotency })];
    const delayed = new Interrupted(scripts, CREATE_JOB, async () => {
      expect(await store.create(quick)).toMatchObject({ created: true });
    });
    const outcome = await new RedisRecords(delayed, keys, systemClock).create(slow);
    expect(outcome).toMatchObject({ created: false, job: { id: quick.id } });
    expect(await store.get(slow.id)).toBeUndefined();
    expect(await store.list({}, { limit: 10 })).toHaveLength(1);
  });

  it('keeps the key from nobody when the id is taken', async () => {
    const taken = newJob({ tenant: 'other' });
    await store.create(taken);
    const refused = await store.create(newJob({ id: taken.id, idempotency })).catch(toErrorRecord);
    expect(refused).toMatchObject({ code: 'job_id_taken' });
    expect(await store.create(newJob({ idempotency }))).toMatchObject({ created: true });
  });
});

const fail = (): never => {
  throw new Error('the process died here');
};

/** Does something before the first call of one script. */
class Interrupted extends RedisScripts {
  private isDone = false;

  constructor(
    inner: RedisScripts,
    private readonly script: RedisScript,
    private readonly before: () => Promise<void>,
  ) {
    super(inner.client, 'spec');
  }

  override async run(...call: Parameters<RedisScripts['run']>): Promise<Reply> {
    if (call[0] === this.script && !this.isDone) {
      this.isDone = true;
      await this.before();
    }
    return super.run(...call);
  }
}
