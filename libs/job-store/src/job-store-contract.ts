import { systemClock, toErrorRecord } from '#libs/kernel';
import { describeAnnouncing } from './announcing-contract.ts';
import {
  ended,
  eventually,
  ids,
  idsOf,
  newJob,
  NOTHING_DONE,
  partialOf,
  planOf,
  running,
  tick,
} from './job-store-contract-fixture.ts';
import type { JobEnd, JobFilter, JobStore, WholeJob } from './job-store.ts';
import { describePostponing } from './postponing-contract.ts';

/** One job store's storage or server, from empty. */
export interface JobStoreSite {
  /** One more client, as another process would have; the suite closes it. */
  connect(): Promise<JobStore>;
  /** Called when all clients are closed. */
  destroy(): Promise<void>;
}

export interface JobStoreSubject {
  create(): Promise<JobStoreSite>;
  /** Whether jobs outlive all clients. */
  readonly isDurable: boolean;
}

/** Counts the calls of a listener; `next` resolves when there was one since the last `next`. */
class Watch {
  calls = 0;
  stop = (): void => {};
  private seen = 0;
  private wake: (() => void) | undefined;

  static async start(client: JobStore, id: string): Promise<Watch> {
    const watch = new Watch();
    watch.stop = await client.watch(id, () => {
      watch.calls++;
      watch.wake?.();
    });
    return watch;
  }

  async next(): Promise<void> {
    while (this.calls === this.seen) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.seen = this.calls;
  }
}

/** What every JobStore must do. Declares the tests; to be called at the top level of a spec. */
export function describeJobStoreContract(name: string, subject: JobStoreSubject): void {
  describe(`${name}: the JobStore contract`, () => {
    let site: JobStoreSite;
    let store: JobStore;
    let clients: JobStore[];
    const connect = async (): Promise<JobStore> => {
      const client = await site.connect();
      clients.push(client);
      return client;
    };
    beforeEach(async () => {
      site = await subject.create();
      clients = [];
      store = await connect();
    });
    afterEach(async () => {
      await Promise.all(clients.map((client) => client.close()));
      await site.destroy();
    });

    describe('create', () => {
      it('makes a queued record', async () => {
        const before = systemClock.now();
        const asked = newJob({ priority: 4, expiresAt: before + 60_000 });
        const { created, job } = await store.create(asked);
        expect(created).toBe(true);
        expect(job).toEqual({
          ...asked,
          state: 'queued',
          attempt: 1,
          createdAt: expect.any(Number) as number,
          touchedAt: job.createdAt,
          progress: { total: 0, done: 0, failed: 0 },
          work: NOTHING_DONE,
        });
        expect(job.createdAt).toBeGreaterThanOrEqual(before);
        expect(job.createdAt).toBeLessThanOrEqual(systemClock.now());
        expect(await store.get(job.id)).toEqual(job);
        expect(await store.get(ids.next())).toBeUndefined();
      });

      it('keeps when a job was accepted that is recorded later', async () => {
        const createdAt = systemClock.now() - 5000;
        const { job } = await store.create(newJob({ createdAt }));
        expect(job).toMatchObject({ createdAt });
        expect(job.touchedAt).toBeGreaterThanOrEqual(createdAt + 5000);
        expect(await store.get(job.id)).toEqual(job);
      });

      it('leaves out what was not given', async () => {
        const { job } = await store.create(newJob());
        for (const absent of [
          'priority',
          'expiresAt',
          'subject',
          'callback',
          'announce',
          'tries',
          'dueAt',
          'startedAt',
          'finishedAt',
          'result',
          'coverage',
          'error',
          'receipt',
        ]) {
          expect(job).not.toHaveProperty(absent);
        }
        expect(job).not.toHaveProperty('idempotency');
      });

      it('keeps what the job is about, whom to tell, and that its end is owed', async () => {
        const asked = newJob({
          subject: 'ep_01',
          callback: { url: 'https://example.org/ü', events: ['succeeded'], none: null },
          announce: true,
        });
        const { job } = await store.create(asked);
        expect(job).toMatchObject(asked);
        expect(await (await connect()).get(job.id)).toEqual(job);
        expect(await store.transition(job.id, ['queued'], { state: 'planning' })).toMatchObject(asked);
        expect((await store.create(newJob({ callback: null }))).job).toHaveProperty('callback', null);
      });

      it('answers a repeated request with the earlier job, whatever became of it', async () => {
        const idempotency = { key: 'k', fingerprint: 'f' };
        const { job } = await store.create(newJob({ idempotency }));
        await store.transition(job.id, ['queued'], { state: 'cancelled' });
        const again = await (await connect()).create(newJob({ idempotency }));
        expect(again).toMatchObject({ created: false, job: { id: job.id, state: 'cancelled' } });
        expect(await store.list({ tenant: 'acme' }, { limit: 10 })).toHaveLength(1);
      });

      it('refuses a key that was used for another request, and leaves no job behind', async () => {
        await store.create(newJob({ idempotency: { key: 'k', fingerprint: 'f' } }));
        const other = newJob({ idempotency: { key: 'k', fingerprint: 'g' } });
        const refused = await store.create(other).catch(toErrorRecord);
        expect(refused).toMatchObject({ kind: 'conflict', code: 'idempotency_key_reused' });
        expect(await store.get(other.id)).toBeUndefined();
      });

      it('keeps the keys of tenants apart', async () => {
        const idempotency = { key: 'k', fingerprint: 'f' };
        await store.create(newJob({ idempotency }));
        expect(await store.create(newJob({ idempotency, tenant: 'other' }))).toMatchObject({ created: true });
      });

      it('makes one job of many requests with one key at the same time', async () => {
        const other = await connect();
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, i) =>
            (i % 2 ? store : other).create(newJob({ idempotency: { key: 'k', fingerprint: 'f' } })),
          ),
        );
        expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
        expect(new Set(outcomes.map(({ job }) => job.id)).size).toBe(1);
      });

      it('answers a repeated id with the job that has it, unless it is another tenant’s', async () => {
        const job = newJob();
        await store.create(job);
        expect(await store.create(job)).toMatchObject({ created: false, job: { id: job.id } });
        const refused = await store.create({ ...job, tenant: 'other' }).catch(toErrorRecord);
        expect(refused).toMatchObject({ kind: 'conflict', code: 'job_id_taken' });
      });
    });

    describe('list', () => {
      it('gives the newest first, page by page', async () => {
        const all = ['01A', '01C', '01B', '01E', '01D'];
        for (const id of all) await store.create(newJob({ id }));
        expect(idsOf(await store.list({ tenant: 'acme' }, { limit: 2 }))).toEqual(['01E', '01D']);
        expect(idsOf(await store.list({ tenant: 'acme' }, { limit: 2, after: '01D' }))).toEqual(['01C', '01B']);
        expect(idsOf(await store.list({ tenant: 'acme' }, { limit: 2, after: '01B' }))).toEqual(['01A']);
        expect(await store.list({ tenant: 'acme' }, { limit: 2, after: '01A' })).toEqual([]);
      });

      it('shows a tenant its own jobs, filtered', async () => {
        await store.create(newJob({ id: '01A', kind: 'import' }));
        await store.create(newJob({ id: '01B', index: 'films' }));
        await store.create(newJob({ id: '01C' }));
        await store.create(newJob({ id: '01D', tenant: 'other' }));
        await store.transition('01C', ['queued'], { state: 'failed' });
        const list = async (filter: object): Promise<string[]> =>
          idsOf(await store.list({ tenant: 'acme', ...filter }, { limit: 10 }));
        expect(await list({})).toEqual(['01C', '01B', '01A']);
        expect(await list({ kind: 'import' })).toEqual(['01A']);
        expect(await list({ index: 'films' })).toEqual(['01B']);
        expect(await list({ state: 'failed' })).toEqual(['01C']);
        expect(await list({ state: 'queued', kind: 'search' })).toEqual(['01B']);
        expect(await store.list({ tenant: 'nobody' }, { limit: 10 })).toEqual([]);
      });

      it('shows the jobs of all tenants when none is named', async () => {
        await store.create(newJob({ id: '01B', kind: 'import' }));
        await store.create(newJob({ id: '01C', tenant: 'other' }));
        await store.create(newJob({ id: '01A', tenant: 'third' }));
        await store.create(newJob({ id: '01D', tenant: 'other', kind: 'import' }));
        expect(idsOf(await store.list({}, { limit: 3 }))).toEqual(['01D', '01C', '01B']);
        expect(idsOf(await store.list({}, { limit: 3, after: '01B' }))).toEqual(['01A']);
        expect(idsOf(await store.list({ kind: 'import' }, { limit: 10 }))).toEqual(['01D', '01B']);
      });

      it('finds the jobs about one subject', async () => {
        await store.create(newJob({ id: '01A', subject: 'ep_1' }));
        await store.create(newJob({ id: '01B', subject: 'ep_2' }));
        await store.create(newJob({ id: '01C', subject: 'ep_1', tenant: 'other' }));
        await store.create(newJob({ id: '01D' }));
        await store.create(newJob({ id: '01E', subject: 'ep_1', kind: 'import' }));
        const list = async (filter: JobFilter, limit = 10): Promise<string[]> =>
          idsOf(await store.list(filter, { limit }));
        expect(await list({ subject: 'ep_1' })).toEqual(['01E', '01C', '01A']);
        expect(await list({ tenant: 'acme', subject: 'ep_1' })).toEqual(['01E', '01A']);
        expect(await list({ tenant: 'acme', subject: 'ep_1' }, 1)).toEqual(['01E']);
        expect(await list({ tenant: 'acme', subject: 'ep_1', kind: 'search' })).toEqual(['01A']);
        expect(await list({ tenant: 'acme', subject: 'ep_3' })).toEqual([]);
        expect(idsOf(await store.list({ subject: 'ep_1' }, { limit: 1, after: '01C' }))).toEqual(['01A']);
      });
    });

    describe('transition', () => {
      it('moves a job that is where it should be, and notes the times', async () => {
        const { job } = await store.create(newJob());
        const planning = await store.transition(job.id, ['queued', 'planning'], { state: 'planning' });
        expect(planning).toMatchObject({ state: 'planning', startedAt: expect.any(Number) as number });
        expect(planning).not.toHaveProperty('finishedAt');
        const result = { hits: [], note: null };
        const receipt = { bytes: 12 };
        const done = await store.transition(job.id, ['planning'], {
          state: 'succeeded',
          result,
          coverage: 0.5,
          receipt,
        });
        expect(done).toMatchObject({
          state: 'succeeded',
          result,
          coverage: 0.5,
          receipt,
          startedAt: planning!.startedAt,
        });
        expect(done!.finishedAt).toBeGreaterThanOrEqual(done!.startedAt!);
        expect(done!.touchedAt).toBe(done!.finishedAt);
        expect(await store.get(job.id)).toEqual(done);
      });

      it('keeps an error, and what earlier transitions gave', async () => {
        const { job } = await store.create(newJob());
        await store.transition(job.id, ['queued'], { state: 'finishing', receipt: { a: 1 } });
        const error = { kind: 'corrupt', code: 'corrupt', message: 'bad', details: { at: 3 } } as const;
        const failed = await store.transition(job.id, ['finishing'], { state: 'failed', error });
        expect(failed).toMatchObject({ state: 'failed', error, receipt: { a: 1 } });
      });

      it('leaves a job alone that is elsewhere, or nowhere', async () => {
        const { job } = await store.create(newJob());
        expect(await store.transition(job.id, ['running', 'finishing'], { state: 'succeeded' })).toBeUndefined();
        expect(await store.get(job.id)).toEqual(job);
        expect(await store.transition(ids.next(), ['queued'], { state: 'failed' })).toBeUndefined();
      });

      it('has one winner', async () => {
        const id = await running(store, 1);
        const other = await connect();
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, (_, i) =>
            (i % 2 ? store : other).transition(id, ['running'], { state: i % 2 ? 'succeeded' : 'cancelled' }),
          ),
        );
        const winners = outcomes.filter((outcome) => outcome !== undefined);
        expect(winners).toHaveLength(1);
        expect(await store.get(id)).toEqual(winners[0]);
      });

      it.each(['succeeded', 'failed', 'cancelled', 'expired'] as const)('never leaves %s (JOB-3)', async (state) => {
        const id = await ended(store, state);
        const before = await store.get(id);
        const refused = await store.transition(id, ['running', state], { state: 'running' }).catch(toErrorRecord);
        expect(refused).toMatchObject({ kind: 'internal' });
        expect(
          await store.transition(id, ['queued', 'planning', 'running', 'finishing'], { state: 'failed' }),
        ).toBeUndefined();
        expect(await store.recordPlan(id, planOf(3))).toBeUndefined();
        expect(await store.recordPartial(id, 0, partialOf('late'))).toEqual({ recorded: false, remaining: 1 });
        await store.reportProgress(id, 0, { doneBytes: 1, totalBytes: 1, documents: 1 });
        await store.touch(id);
        expect(await store.get(id)).toEqual(before);
      });
    });

    describe('endWhole', () => {
      const end = { state: 'succeeded', result: { hits: 1 }, coverage: 1, receipt: { gets: 2 } } as const;

      it('ends a queued job as if its one task had been planned, done and recorded', async () => {
        const job = newJob({ transient: true });
        await store.create(job);
        const watch = await Watch.start(await connect(), job.id);
        expect(await store.endWhole(job.id, end, 1)).toBe(true);
        const record = await store.get(job.id);
        expect(record).toMatchObject({ ...end, id: job.id, attempt: 1, progress: { total: 1, done: 1, failed: 0 } });
        expect(record!.finishedAt).toBeGreaterThanOrEqual(record!.startedAt!);
        await watch.next();
        expect(await store.getPlan(job.id)).toBeUndefined();
        expect(await store.partials(job.id)).toEqual(new Map());
        expect(await store.listStalled(await tick(), 10)).toEqual([]);
        expect(idsOf(await store.deleteEnded(await tick(), 10, true))).toEqual([job.id]);
      });

      it('changes nothing of a job in another state or attempt', async () => {
        const planned = await running(store, 1);
        const over = await ended(store, 'failed');
        const fresh = newJob();
        await store.create(fresh);
        for (const [id, attempt] of [
          [planned, 1],
          [over, 1],
          [fresh.id, 2],
          [ids.next(), 1],
        ] as const) {
          const before = await store.get(id);
          expect(await store.endWhole(id, end, attempt)).toBe(false);
          expect(await store.get(id)).toEqual(before);
        }
      });

      it('leaves a job that can be reopened and done the usual way', async () => {
        const job = newJob();
        await store.create(job);
        await store.endWhole(job.id, { state: 'failed' }, 1);
        const again = await store.reopen(job.id, [0]);
        expect(again).toMatchObject({ state: 'queued', attempt: 2, progress: { total: 0, done: 0, failed: 0 } });
        await store.recordPlan(job.id, planOf(2));
        expect(await store.recordPartial(job.id, 0, partialOf('a'))).toEqual({ recorded: true, remaining: 1 });
      });

      it('owes an end that is to be announced', async () => {
        const job = newJob({ announce: true });
        await store.create(job);
        await store.endWhole(job.id, end, 1);
        expect(idsOf(await store.listUnannounced(await tick(), 10))).toEqual([job.id]);
      });
    });

    describe('recordWhole', () => {
      const end = { state: 'succeeded', result: { text: 'größe\n🦔' }, coverage: 1, receipt: { gets: 2 } } as const;
      const wholeJob = (more: Partial<WholeJob> = {}): WholeJob => {
        const now = systemClock.now();
        return { ...newJob({ transient: true }), createdAt: now - 20, startedAt: now - 10, ...more };
      };

      it('makes the record of a job that is over', async () => {
        const job = wholeJob({ priority: 3, expiresAt: systemClock.now() + 60_000 });
        expect(await store.recordWhole(job, end, 'nobody')).toBe(true);
        const record = await (await connect()).get(job.id);
        const { finishedAt } = record!;
        expect(finishedAt).toBeGreaterThanOrEqual(job.startedAt);
        const progress = { total: 1, done: 1, failed: 0 };
        expect(record).toEqual({
          ...job,
          ...end,
          attempt: 1,
          finishedAt,
          touchedAt: finishedAt,
          progress,
          work: NOTHING_DONE,
        });
        expect(await store.partials(job.id)).toEqual(new Map());
        expect(idsOf(await store.list({ tenant: 'acme', kind: 'search' }, { limit: 10 }))).toEqual([job.id]);
        expect(await store.listStalled(await tick(), 10)).toEqual([]);
        expect(idsOf(await store.deleteEnded(await tick(), 10, true))).toEqual([job.id]);
        expect(await store.list({}, { limit: 10 })).toEqual([]);
      });

      it('makes one that create finds, and that can be reopened', async () => {
        const job = wholeJob();
        await store.recordWhole(job, { state: 'failed', error: toErrorRecord(new Error('no')) }, 'nobody');
        const { startedAt: _, ...asked } = job;
        expect(await store.create(asked)).toMatchObject({ created: false, job: { id: job.id, state: 'failed' } });
        expect(idsOf(await store.list({ state: 'failed' }, { limit: 10 }))).toEqual([job.id]);
        expect(await store.reopen(job.id, [0])).toMatchObject({
          state: 'queued',
          attempt: 2,
          createdAt: job.createdAt,
        });
        expect(idsOf(await store.listStalled(await tick(), 10))).toEqual([job.id]);
      });

      it('changes nothing of a job that has a record', async () => {
        for (const id of [await running(store, 1), await ended(store, 'cancelled')]) {
          const before = await store.get(id);
          expect(await store.recordWhole(wholeJob({ id }), end, 'nobody')).toBe(false);
          expect(await store.get(id)).toEqual(before);
        }
      });

      it('has one winner', async () => {
        const job = wholeJob();
        const other = await connect();
        const { startedAt: _, ...asked } = job;
        const outcomes = await Promise.all([
          store.recordWhole(job, end, 'nobody'),
          other.recordWhole(job, end, 'nobody'),
          other.create(asked).then(({ created }) => created),
        ]);
        expect(outcomes.filter(Boolean)).toHaveLength(1);
      });

      it('tells who expects the job, with its end or none', async () => {
        const other = await connect();
        const heard: (JobEnd | undefined)[] = [];
        let hear = (): void => {};
        const wasTold = new Promise<void>((resolve) => (hear = resolve));
        const [job, silent] = [wholeJob(), wholeJob()];
        const { answerTo, stop } = await other.expect(job.id, (told) => {
          heard.push(told);
          hear();
        });
        const ignored = await other.expect(silent.id, () => heard.push(undefined));
        ignored.stop();
        await store.recordWhole(silent, end, ignored.answerTo);
        await store.recordWhole(job, end, answerTo);
        await wasTold;
        const { finishedAt } = (await store.get(job.id))!;
        for (const told of heard) if (told) expect(told).toEqual({ ...end, startedAt: job.startedAt, finishedAt });
        stop();
      });
    });

    describe('recordPlan', () => {
      it('fixes the tasks once', async () => {
        const { job } = await store.create(newJob());
        expect(await store.getPlan(job.id)).toBeUndefined();
        expect(await store.recordPlan(job.id, planOf(3))).toEqual(planOf(3));
        expect(await store.recordPlan(job.id, planOf(5))).toEqual(planOf(3));
        expect(await store.getPlan(job.id)).toEqual(planOf(3));
        const record = await store.get(job.id);
        expect(record).toMatchObject({ state: 'running', progress: { total: 3, done: 0, failed: 0 } });
        expect(record!.startedAt).toBeGreaterThanOrEqual(job.createdAt);
      });

      it('has one winner', async () => {
        const { job } = await store.create(newJob());
        const other = await connect();
        const plans = await Promise.all(
          Array.from({ length: 6 }, (_, i) => (i % 2 ? store : other).recordPlan(job.id, planOf(i + 1))),
        );
        expect(new Set(plans.map((plan) => plan!.tasks.length)).size).toBe(1);
        expect((await store.get(job.id))!.progress.total).toBe(plans[0]!.tasks.length);
      });

      it('may be empty', async () => {
        const { job } = await store.create(newJob());
        expect(await store.recordPlan(job.id, { shared: null, tasks: [] })).toEqual({ shared: null, tasks: [] });
        expect(await store.get(job.id)).toMatchObject({ state: 'running', progress: { total: 0 } });
      });

      it('comes too late for a job that finishes, and for none at all', async () => {
        const id = await running(store, 1);
        await store.transition(id, ['running'], { state: 'finishing' });
        expect(await store.recordPlan(id, planOf(2))).toBeUndefined();
        expect(await store.recordPlan(ids.next(), planOf(2))).toBeUndefined();
      });
    });

    describe('recordPartial', () => {
      it('takes the first for each task and counts down (JOB-2)', async () => {
        const id = await running(store, 2);
        expect(await store.recordPartial(id, 1, partialOf({ hits: ['ü'] }))).toEqual({ recorded: true, remaining: 1 });
        expect(await store.recordPartial(id, 1, partialOf('second', true))).toEqual({ recorded: false, remaining: 1 });
        expect(await store.recordPartial(id, 0, partialOf(null, true))).toEqual({ recorded: true, remaining: 0 });
        expect(await store.recordPartial(id, 0, partialOf('again'))).toEqual({ recorded: false, remaining: 0 });
        expect([...(await store.partials(id))]).toEqual([
          [0, partialOf(null, true)],
          [1, partialOf({ hits: ['ü'] })],
        ]);
        expect(await (await connect()).recordedTasks(id)).toEqual([0, 1]);
        expect((await store.get(id))!.progress).toEqual({ total: 2, done: 2, failed: 1 });
      });

      it('names the tasks that have one, by number and not by time', async () => {
        const id = await running(store, 12);
        for (const task of [10, 2, 9]) await store.recordPartial(id, task, partialOf(task));
        expect(await store.recordedTasks(id)).toEqual([2, 9, 10]);
        await store.transition(id, ['running'], { state: 'failed' });
        await store.reopen(id, [9]);
        expect(await store.recordedTasks(id)).toEqual([2, 10]);
      });

      it('lets exactly one of many writers finish the job', async () => {
        const tasks = 12;
        const id = await running(store, tasks);
        const stores = [store, await connect(), await connect()];
        const outcomes = await Promise.all(
          Array.from({ length: tasks * 4 }, (_, i) =>
            stores[i % stores.length]!.recordPartial(id, (i * 7) % tasks, partialOf(i)),
          ),
        );
        expect(outcomes.filter(({ recorded }) => recorded)).toHaveLength(tasks);
        expect(outcomes.filter(({ recorded, remaining }) => recorded && remaining === 0)).toHaveLength(1);
        expect((await store.get(id))!.progress).toEqual({ total: tasks, done: tasks, failed: 0 });
      });

      it('records nothing without a plan, or for a task that the plan does not have', async () => {
        const { job } = await store.create(newJob());
        expect(await store.recordPartial(job.id, 0, partialOf(1))).toMatchObject({ recorded: false });
        expect(await store.recordPartial(ids.next(), 0, partialOf(1))).toMatchObject({ recorded: false });
        const id = await running(store, 2);
        for (const task of [-1, 2, 0.5]) {
          expect(await store.recordPartial(id, task, partialOf(1))).toEqual({ recorded: false, remaining: 2 });
        }
        expect((await store.partials(id)).size).toBe(0);
        expect((await store.partials(ids.next())).size).toBe(0);
        expect(await store.recordedTasks(id)).toEqual([]);
        expect(await store.recordedTasks(ids.next())).toEqual([]);
      });
    });

    describe('reopen', () => {
      it('forgets partials and the outcome, and runs again', async () => {
        const id = await running(store, 3);
        await store.recordPartial(id, 0, partialOf('kept'));
        await store.recordPartial(id, 1, partialOf('bad', true));
        const error = { kind: 'timeout', code: 'timeout', message: 'late' } as const;
        const outcome = { result: 1, coverage: 0.3, receipt: 2, error };
        const before = await store.transition(id, ['running'], { state: 'succeeded', ...outcome });
        const again = await store.reopen(id, [1, 2]);
        expect(again).toMatchObject({ state: 'running', attempt: 2, progress: { total: 3, done: 1, failed: 0 } });
        expect(again!.startedAt).toBe(before!.startedAt);
        for (const absent of ['finishedAt', ...Object.keys(outcome)]) expect(again).not.toHaveProperty(absent);
        expect([...(await store.partials(id))]).toEqual([[0, partialOf('kept')]]);
        expect(await store.recordPartial(id, 1, partialOf('good'))).toEqual({ recorded: true, remaining: 1 });
        expect(await store.recordPartial(id, 2, partialOf('good'))).toEqual({ recorded: true, remaining: 0 });
      });

      it.each(['failed', 'cancelled'] as const)('works on a %s job', async (state) => {
        expect(await store.reopen(await ended(store, state), [0])).toMatchObject({ state: 'running', attempt: 2 });
      });

      it('leaves all others alone', async () => {
        const expired = await ended(store, 'expired');
        const busy = await running(store, 1);
        for (const id of [expired, busy, ids.next()]) expect(await store.reopen(id, [0])).toBeUndefined();
        expect(await store.get(busy)).toMatchObject({ state: 'running', attempt: 1 });
      });
    });

    it('sums the latest progress of every task', async () => {
      const id = await running(store, 2);
      await store.reportProgress(id, 0, { doneBytes: 10, totalBytes: 100, documents: 1 });
      await store.reportProgress(id, 1, { doneBytes: 5, totalBytes: 50, documents: 2 });
      await store.reportProgress(id, 0, { doneBytes: 7, totalBytes: 90, documents: 3 });
      expect((await store.get(id))!.work).toEqual({ doneBytes: 12, totalBytes: 140, documents: 5 });
      await store.reportProgress(ids.next(), 0, { doneBytes: 1, totalBytes: 1, documents: 1 });
    });

    describe('looking after jobs', () => {
      it('lists what nothing has touched, the longest untouched first', async () => {
        const a = await running(store, 1);
        await tick();
        const b = newJob({ tenant: 'other' });
        await store.create(b);
        await ended(store, 'failed');
        const before = await tick();
        await running(store, 1);
        const stalled = async (limit: number): Promise<string[]> =>
          (await store.listStalled(before, limit)).map(({ id }) => id);
        expect(await stalled(10)).toEqual([a, b.id]);
        expect(await stalled(1)).toEqual([a]);
        await store.touch(a);
        expect(await stalled(10)).toEqual([b.id]);
        await store.touch(ids.next());
      });

      it('lists transient jobs alone when asked to, behind any number of others', async () => {
        const others = [await running(store, 1)];
        await tick();
        for (let n = 0; n < 20; n++) others.push(await running(store, 1));
        await tick();
        const transient = [await running(store, 1, { transient: true })];
        await tick();
        transient.push(await running(store, 1, { transient: true }));
        const before = await tick();
        expect(idsOf(await store.listStalled(before, 1, true))).toEqual(transient.slice(0, 1));
        expect(idsOf(await store.listStalled(before, 30, true))).toEqual(transient);
        expect(idsOf(await store.listStalled(before, 1))).toEqual(others.slice(0, 1));
        const all = idsOf(await store.listStalled(before, 30));
        expect(all.slice(-2)).toEqual(transient);
        expect(all.toSorted()).toEqual([...others, ...transient].toSorted());
      });

      it.each([true, undefined] as const)('lists a job (transient: %s) once, whatever was done for it', async (is) => {
        const other = await running(store, 1, is ? {} : { transient: true });
        const { id } = newJob();
        const tried = toErrorRecord(new Error('busy'));
        const steps: [lists: boolean, step: () => Promise<unknown>][] = [
          [true, () => store.create(newJob({ id, ...(is && { transient: is }) }))],
          [true, () => store.transition(id, ['queued'], { state: 'planning' })],
          [true, () => store.recordPlan(id, planOf(2))],
          [true, () => store.touch(id)],
          [true, () => store.recordPartial(id, 0, partialOf(1))],
          [true, () => store.reportProgress(id, 1, NOTHING_DONE)],
          [true, () => store.postpone(id, systemClock.now() + 1, tried)],
          [false, () => store.postpone(id, systemClock.now() + 3_600_000, tried)],
          [true, () => store.transition(id, ['running'], { state: 'finishing' })],
          [false, () => store.transition(id, ['finishing'], { state: 'failed' })],
          [true, () => store.reopen(id, [0])],
          [false, () => store.transition(id, ['running'], { state: 'cancelled' })],
        ];
        for (const [lists, step] of steps) {
          await store.touch(other);
          const since = await tick();
          await step();
          await tick();
          const before = await tick();
          expect(idsOf(await store.listStalled(since, 10))).toEqual([other]);
          expect(idsOf(await store.listStalled(since, 10, true))).toEqual(is ? [] : [other]);
          expect(idsOf(await store.listStalled(before, 10))).toEqual(lists ? [other, id] : [other]);
          expect(idsOf(await store.listStalled(before, 10, true))).toEqual(is ? (lists ? [id] : []) : [other]);
        }
      });

      it('counts everything that is done for a job as a touch', async () => {
        const id = await running(store, 3);
        const steps: (() => Promise<unknown>)[] = [
          () => store.touch(id),
          () => store.recordPartial(id, 0, partialOf(1)),
          () => store.reportProgress(id, 1, NOTHING_DONE),
          () => store.transition(id, ['running'], { state: 'finishing' }),
          () => store.transition(id, ['finishing'], { state: 'failed' }),
          () => store.reopen(id, []),
        ];
        for (const step of steps) {
          const now = await tick();
          await step();
          expect((await store.get(id))!.touchedAt).toBeGreaterThanOrEqual(now);
        }
      });

      it('records no partial of an attempt before the last reopening', async () => {
        const id = await running(store, 1);
        await store.recordPartial(id, 0, { body: 'first', failed: true }, 1);
        await store.transition(id, ['running'], { state: 'failed' });
        await store.reopen(id, [0]);
        expect(await store.recordPartial(id, 0, partialOf('late'), 1)).toEqual({ recorded: false, remaining: 1 });
        expect(await store.recordPartial(id, 0, partialOf('again'), 2)).toEqual({ recorded: true, remaining: 0 });
        expect([...(await store.partials(id)).values()]).toEqual([partialOf('again')]);
      });

      it('deletes transient jobs alone when asked to', async () => {
        const kept = await running(store, 0);
        const transient = await running(store, 0, { transient: true });
        for (const id of [kept, transient]) await store.transition(id, ['running'], { state: 'succeeded' });
        expect(await store.get(transient)).toMatchObject({ transient: true, state: 'succeeded' });
        expect(await store.get(kept)).not.toHaveProperty('transient');
        const before = await tick();
        expect(await store.deleteEnded(before, 10, true)).toHaveLength(1);
        expect(await store.get(transient)).toBeUndefined();
        expect(await store.deleteEnded(before, 10)).toHaveLength(1);
      });

      it('deletes what ended long ago, with all that belongs to it', async () => {
        const idempotency = { key: 'k', fingerprint: 'f' };
        const old = await running(store, 2, { idempotency });
        await store.recordPartial(old, 0, partialOf(1));
        await store.transition(old, ['running'], { state: 'succeeded' });
        await tick();
        const older = await ended(store, 'cancelled');
        const before = await tick();
        const young = await ended(store, 'failed');
        const busy = await running(store, 1);
        expect(await store.deleteEnded(before, 1)).toHaveLength(1);
        expect(await store.get(old)).toBeUndefined();
        expect(await store.get(older)).toBeDefined();
        expect(await store.deleteEnded(before, 10)).toHaveLength(1);
        expect(await store.deleteEnded(before, 10)).toHaveLength(0);
        expect((await store.partials(old)).size).toBe(0);
        expect(await store.getPlan(old)).toBeUndefined();
        expect((await store.list({ tenant: 'acme' }, { limit: 10 })).map(({ id }) => id).toSorted()).toEqual(
          [young, busy].toSorted(),
        );
        expect(await store.create(newJob({ idempotency }))).toMatchObject({ created: true });
      });
    });

    describePostponing(() => ({ store, connect }));
    describeAnnouncing(() => ({ store, connect }));

    describe('leases', () => {
      it('have one holder, who may prolong', async () => {
        const before = systemClock.now();
        const lease = await store.acquireLease('commit/books', 'a', 60_000);
        expect(lease).toMatchObject({ name: 'commit/books', owner: 'a' });
        expect(lease!.expiresAt).toBeGreaterThanOrEqual(before + 60_000);
        const other = await connect();
        expect(await other.acquireLease('commit/books', 'b', 60_000)).toBeUndefined();
        expect(await other.acquireLease('commit/films', 'b', 60_000)).toMatchObject({ owner: 'b' });
        const longer = await store.acquireLease('commit/books', 'a', 90_000);
        expect(longer!.token).toBe(lease!.token);
        expect(longer!.expiresAt).toBeGreaterThan(lease!.expiresAt);
      });

      it('pass on with a higher token when they are released or run out', async () => {
        const first = await store.acquireLease('l', 'a', 60_000);
        await store.releaseLease(first!);
        const second = await store.acquireLease('l', 'b', 20);
        expect(second!.token).toBeGreaterThan(first!.token);
        // Released by who no longer holds it: nothing happens.
        await store.releaseLease(first!);
        let third = await store.acquireLease('l', 'c', 60_000);
        expect(third).toBeUndefined();
        await eventually(async () => {
          third = await store.acquireLease('l', 'c', 60_000);
          expect(third).toBeDefined();
        });
        expect(third!.token).toBeGreaterThan(second!.token);
      });

      it('have one winner of many', async () => {
        const other = await connect();
        const got = await Promise.all(
          Array.from({ length: 10 }, (_, i) => (i % 2 ? store : other).acquireLease('l', `owner${i}`, 60_000)),
        );
        expect(got.filter((lease) => lease !== undefined)).toHaveLength(1);
      });
    });

    it('keeps hints, the latest wins', async () => {
      expect(await store.getHint('version/books')).toBeUndefined();
      await store.putHint('version/books', 41);
      await (await connect()).putHint('version/books', 42.5);
      expect(await store.getHint('version/books')).toBe(42.5);
    });

    describe('watch', () => {
      it('hears of record, partials and progress, from this client and from others', async () => {
        const id = await running(store, 2);
        const here = await Watch.start(store, id);
        const elsewhere = await Watch.start(await connect(), id);
        const steps: (() => Promise<unknown>)[] = [
          () => store.recordPartial(id, 0, partialOf(1)),
          () => store.reportProgress(id, 1, { doneBytes: 1, totalBytes: 2, documents: 3 }),
          () => store.transition(id, ['running'], { state: 'failed' }),
          () => store.reopen(id, [0]),
        ];
        for (const step of steps) await Promise.all([step(), here.next(), elsewhere.next()]);
        here.stop();
        elsewhere.stop();
      });

      it('hears nothing after it has ended', async () => {
        const id = await running(store, 2);
        const one = await Watch.start(store, id);
        const two = await Watch.start(store, id);
        one.stop();
        one.stop();
        await Promise.all([store.recordPartial(id, 0, partialOf(1)), two.next()]);
        expect(one.calls).toBe(0);
        two.stop();
      });
    });

    it('answers a ping until it is closed, then is unavailable', async () => {
      const client = await connect();
      await client.ping();
      await client.close();
      await client.close();
      const gone = { kind: 'unavailable', code: 'job_store_unavailable' };
      await expect(client.ping().catch(toErrorRecord)).resolves.toMatchObject(gone);
      await expect(client.create(newJob()).catch(toErrorRecord)).resolves.toMatchObject(gone);
      await expect(client.get('x').catch(toErrorRecord)).resolves.toMatchObject(gone);
    });

    if (subject.isDurable) {
      it('keeps everything when every client is gone', async () => {
        const idempotency = { key: 'k', fingerprint: 'f' };
        const id = await running(store, 2, { idempotency, priority: 3, subject: 's', callback: { url: 'u' } });
        const asleep = await running(store, 1);
        const slept = await store.postpone(asleep, systemClock.now() + 60_000, toErrorRecord(new Error('busy')));
        const owing = await running(store, 1, { announce: true });
        await store.transition(owing, ['running'], { state: 'failed' });
        await store.recordPartial(id, 1, partialOf({ a: 1 }, true));
        await store.reportProgress(id, 0, { doneBytes: 1, totalBytes: 2, documents: 3 });
        await store.putHint('h', 5);
        const lease = await store.acquireLease('l', 'a', 60_000);
        const record = await store.get(id);
        await store.close();
        const reopened = await connect();
        expect(await reopened.get(id)).toEqual(record);
        expect(await reopened.get(asleep)).toEqual(slept);
        expect(idsOf(await reopened.listUnannounced(await tick(), 10))).toEqual([owing]);
        expect(await reopened.getPlan(id)).toEqual(planOf(2));
        expect([...(await reopened.partials(id))]).toEqual([[1, partialOf({ a: 1 }, true)]]);
        expect(await reopened.getHint('h')).toBe(5);
        expect(await reopened.acquireLease('l', 'b', 10)).toBeUndefined();
        await reopened.releaseLease(lease!);
        expect((await reopened.acquireLease('l', 'b', 10))!.token).toBeGreaterThan(lease!.token);
        expect(await reopened.create(newJob({ idempotency }))).toMatchObject({ created: false, job: { id } });
      });
    }
  });
}
