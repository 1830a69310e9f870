import { jest } from '@jest/globals';
import { createIds, encodeUtf8, seededRandom } from '#libs/kernel';
import { MemoryJobStore, type JobRecord, type NewJob } from '#libs/job-store';
import { MemoryObjectStore } from '#libs/object-store';
import { match, request } from '#libs/testing';
import { silentLogger } from '#libs/telemetry';
import type { Submission } from '../../job-service.ts';
import { IndexBench } from '../compact/compact-fixture.ts';
import { exportedKey } from '../export/export-kind.ts';
import { SimulatedClock } from '../webhook/simulated-clock-fixture.ts';
import { GcKind } from './gc-kind.ts';
import { Sweeper } from './sweeper.ts';

// Simulated days, on a machine that may be busy.
jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const GRACE_MS = 24 * HOUR_MS;

async function scene() {
  const clock = new SimulatedClock(1_700_000_000_000);
  // Backoff of committers must not wait for the test.
  const hasty = { now: clock.now, monotonic: clock.monotonic, after: clock.after, sleep: async () => {} };
  const store = new MemoryObjectStore({ clock });
  const bench = new IndexBench(store, hasty);
  const jobs = new MemoryJobStore({ clock });
  const ids = createIds(clock, seededRandom(3));
  await bench.create({ title: { type: 'text' } });
  const collect = async () =>
    (await bench.job<object>(new GcKind({ catalog: bench.catalog, jobs, graceMs: GRACE_MS }), {})).result;
  const segments = async (): Promise<number> => {
    let count = 0;
    for await (const _ of store.list('acme/logs/segment/')) count++;
    return count;
  };
  const job = (over: Partial<NewJob> = {}): Promise<{ job: JobRecord }> =>
    jobs.create({ id: ids.next(), kind: 'import', tenant: 'acme', index: 'logs', spec: {}, ...over });
  return { clock, store, bench, jobs, ids, collect, segments, job };
}

describe('a gc job', () => {
  it('deletes what a compaction left behind once the grace period is over, and searches go on', async () => {
    const { clock, bench, collect, segments } = await scene();
    for (const at of [1, 2, 3, 4]) await bench.add([{ _id: `d${at}`, title: 'word' }]);
    await bench.compact({ force: true });
    expect(await segments()).toBe(5);
    await clock.pass(GRACE_MS - HOUR_MS);
    expect(await collect()).toMatchObject({ segments: 0, versions: 0, boundary: 1 });
    await clock.pass(2 * HOUR_MS);
    expect(await collect()).toMatchObject({ segments: 4, versions: 5, boundary: 6 });
    expect(await segments()).toBe(1);
    expect((await bench.search(request(match('title', 'word')))).hits).toHaveLength(4);
    // Its own version, which said what was given up, is superseded by nothing.
    await clock.pass(2 * GRACE_MS);
    expect(await collect()).toMatchObject({ segments: 0, versions: 1, boundary: 7 });
  });

  it.each([
    ['an import that runs', 'running', {}, true],
    ['an import that failed, and may be tried again', 'failed', {}, true],
    ['an import that succeeded', 'succeeded', {}, false],
    ['a search that was cancelled', 'cancelled', { kind: 'search', transient: true }, false],
    ['a delivery that is late', 'running', { kind: 'webhook' }, false],
    ['an import of another index', 'running', { index: 'other' }, false],
  ] as const)('GC-1: is held back by %s: %s', async (_what, state, over, holds) => {
    const { clock, bench, jobs, collect, job } = await scene();
    const { job: made } = await job(over);
    if (state === 'running') await jobs.recordPlan(made.id, { shared: null, tasks: [1] });
    else await jobs.transition(made.id, ['queued'], { state });
    await clock.pass(HOUR_MS);
    for (const at of [1, 2, 3, 4]) await bench.add([{ _id: `d${at}`, title: 'word' }]);
    await bench.compact({ force: true });
    await clock.pass(2 * GRACE_MS);
    expect(await collect()).toMatchObject({ segments: holds ? 0 : 4 });
  });

  it('GC-1: finds the oldest of very many jobs', async () => {
    const { clock, bench, collect, job } = await scene();
    await job();
    await clock.pass(HOUR_MS);
    for (const at of [1, 2, 3, 4]) await bench.add([{ _id: `d${at}` }]);
    await bench.compact({ force: true });
    for (let at = 0; at < 450; at++) await job();
    await clock.pass(2 * GRACE_MS);
    expect(await collect()).toMatchObject({ segments: 0 });
  });

  it('deletes what was put aside for jobs that nobody remembers', async () => {
    const { clock, store, bench, ids, collect, job } = await scene();
    const { job: known } = await job();
    for (const id of [known.id, ids.next()]) {
      await store.put(bench.catalog.stagingKey(bench.name, id, 'documents'), encodeUtf8('x'));
      await store.put(exportedKey(bench.catalog, bench.name, id, 'part-00000.ndjson'), encodeUtf8('x'));
    }
    await clock.pass(2 * GRACE_MS);
    expect(await collect()).toMatchObject({ staged: 2 });
  });
});

describe('the sweeper', () => {
  it('submits one job an index and time slot, seldom for what does not change', async () => {
    const { clock, bench, jobs, ids } = await scene();
    await bench.store.put('acme/upload/staging/j/documents', new Uint8Array(1));
    const submitted: string[] = [];
    const service = {
      submit: async ({ idempotencyKey, ...asked }: Submission): Promise<{ job: JobRecord; created: boolean }> => {
        const made = await jobs.create({
          ...asked,
          id: ids.next(),
          idempotency: { key: idempotencyKey!, fingerprint: 'same' },
        });
        if (made.created) submitted.push(asked.index);
        await jobs.transition(made.job.id, ['queued'], { state: 'succeeded' });
        return made;
      },
    };
    const parts = { jobs, clock, ids, logger: silentLogger, catalog: bench.catalog, service };
    const sweepers = [new Sweeper(parts), new Sweeper(parts)];
    for (const sweeper of sweepers) sweeper.start();
    await clock.pass(5 * 60_000);
    expect(submitted.toSorted()).toEqual(['logs', 'upload']);
    await clock.pass(24 * HOUR_MS);
    const ofLogs = submitted.filter((index) => index === 'logs').length;
    expect(ofLogs).toBeGreaterThan(4);
    expect(ofLogs).toBeLessThan(12);
    await bench.add([{ _id: 'a' }]);
    await clock.pass(7 * HOUR_MS);
    expect(submitted.filter((index) => index === 'logs').length).toBeGreaterThan(ofLogs + 2);
    await Promise.all([...sweepers.map((sweeper) => sweeper.close()), clock.pass(1)]);
  });
});
