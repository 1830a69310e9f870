import { systemClock, toErrorRecord, type ErrorRecord } from '#libs/kernel';
import { idsOf, ids, newJob, NOTHING_DONE, partialOf, planOf, running, tick } from './job-store-contract-fixture.ts';
import { MAX_TRIES, type JobStore } from './job-store.ts';

const HOUR_MS = 3_600_000;
const refused = (message = 'the receiver answered 503'): ErrorRecord => ({
  kind: 'unavailable',
  code: 'receiver_down',
  message,
  details: { status: 503 },
});

/** Puts the job to sleep for a moment; resolves, with what `postpone` answered, when that is over. */
async function nap(store: JobStore, id: string): Promise<Awaited<ReturnType<JobStore['postpone']>>> {
  const job = await store.postpone(id, systemClock.now() + 1, refused());
  await tick();
  await tick();
  return job;
}

/** Part of the JobStore contract: jobs that sleep until their next try. */
export function describePostponing(current: () => { store: JobStore; connect: () => Promise<JobStore> }): void {
  describe('postpone', () => {
    let store: JobStore;
    beforeEach(() => {
      store = current().store;
    });

    it('notes the try and when the next is due, and leaves the state as it is', async () => {
      const id = await running(store, 2);
      const before = (await store.get(id))!;
      const now = await tick();
      const dueAt = now + HOUR_MS;
      const slept = await store.postpone(id, dueAt, refused());
      expect(slept).toEqual({
        ...before,
        dueAt,
        touchedAt: dueAt,
        tries: [{ at: expect.any(Number) as number, error: refused() }],
      });
      expect(slept!.tries![0]!.at).toBeGreaterThanOrEqual(now);
      expect(slept!.tries![0]!.at).toBeLessThanOrEqual(systemClock.now());
      expect(await (await current().connect()).get(id)).toEqual(slept);
    });

    it.each(['queued', 'planning', 'finishing'] as const)('works on a job that is %s', async (state) => {
      const { job } = await store.create(newJob());
      if (state !== 'queued') await store.transition(job.id, ['queued'], { state });
      expect(await store.postpone(job.id, systemClock.now() + HOUR_MS, refused())).toMatchObject({ state });
    });

    it(`remembers the latest ${MAX_TRIES} tries, oldest first`, async () => {
      const id = await running(store, 1);
      for (let n = 1; n <= MAX_TRIES + 3; n++) {
        const slept = await store.postpone(id, systemClock.now() + n, refused(`try ${n}`));
        expect(slept!.tries).toHaveLength(Math.min(n, MAX_TRIES));
      }
      const messages = (await store.get(id))!.tries!.map(({ error }) => error.message);
      expect(messages).toEqual(Array.from({ length: MAX_TRIES }, (_, n) => `try ${n + 4}`));
    });

    it('counts every try of many at once', async () => {
      const id = await running(store, 1);
      const other = await current().connect();
      const dueAt = systemClock.now() + HOUR_MS;
      await Promise.all(
        Array.from({ length: 10 }, (_, n) => (n % 2 ? store : other).postpone(id, dueAt, refused(`try ${n}`))),
      );
      const messages = (await store.get(id))!.tries!.map(({ error }) => error.message);
      expect(messages.toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `try ${n}`));
    });

    it('hides the job from listStalled until it is due', async () => {
      const asleep = await running(store, 1);
      const awake = await running(store, 1);
      await store.postpone(asleep, systemClock.now() + HOUR_MS, refused());
      expect(idsOf(await store.listStalled(await tick(), 10))).toEqual([awake]);
      await nap(store, asleep);
      expect(idsOf(await store.listStalled(systemClock.now(), 10)).toSorted()).toEqual([asleep, awake].toSorted());
    });

    it('is not cut short by a touch, nor by a task that still reports', async () => {
      const id = await running(store, 2);
      const dueAt = systemClock.now() + HOUR_MS;
      const slept = await store.postpone(id, dueAt, refused());
      await store.touch(id);
      expect(await store.get(id)).toEqual(slept);
      await store.reportProgress(id, 0, { ...NOTHING_DONE, documents: 3 });
      expect(await store.get(id)).toEqual({ ...slept, work: { ...NOTHING_DONE, documents: 3 } });
    });

    it('leaves a touch its effect when the sleep is over', async () => {
      const id = await running(store, 1);
      const slept = await nap(store, id);
      await store.touch(id);
      const touched = await store.get(id);
      expect(touched!.touchedAt).toBeGreaterThan(slept!.touchedAt);
      expect(touched).toEqual({ ...slept, touchedAt: touched!.touchedAt });
    });

    it('may be changed to an earlier time', async () => {
      const id = await running(store, 1);
      const now = systemClock.now();
      await store.postpone(id, now + 2 * HOUR_MS, refused());
      const sooner = await store.postpone(id, now + HOUR_MS, refused());
      expect(sooner).toMatchObject({ dueAt: now + HOUR_MS, touchedAt: now + HOUR_MS });
    });

    it('ends with whatever moves the job, and the tries stay', async () => {
      const { job } = await store.create(newJob());
      const steps: (() => Promise<unknown>)[] = [
        () => store.transition(job.id, ['queued'], { state: 'planning' }),
        () => store.transition(job.id, ['planning'], { state: 'planning' }),
        () => store.recordPlan(job.id, planOf(1)),
        () => store.recordPartial(job.id, 0, partialOf(1)),
        () => store.transition(job.id, ['running'], { state: 'failed' }),
      ];
      for (const [done, step] of steps.entries()) {
        await store.postpone(job.id, systemClock.now() + HOUR_MS, refused());
        await step();
        const awake = await store.get(job.id);
        expect(awake).not.toHaveProperty('dueAt');
        expect(awake!.touchedAt).toBeLessThanOrEqual(systemClock.now());
        expect(awake!.tries).toHaveLength(done + 1);
      }
      const reopened = await store.reopen(job.id, [0]);
      expect(reopened).not.toHaveProperty('dueAt');
      expect(reopened!.tries).toHaveLength(steps.length);
    });

    it('goes on when a plan or a partial comes that changes nothing', async () => {
      const id = await running(store, 2);
      await store.recordPartial(id, 0, partialOf(1));
      const slept = await store.postpone(id, systemClock.now() + HOUR_MS, refused());
      await store.recordPlan(id, planOf(5));
      await store.recordPartial(id, 0, partialOf('again'));
      await store.recordPartial(id, 7, partialOf('no such task'));
      await store.transition(id, ['queued'], { state: 'planning' });
      expect(await store.get(id)).toEqual(slept);
    });

    it('leaves a job alone that has ended, was reopened since, or is none', async () => {
      const id = await running(store, 1);
      const dueAt = systemClock.now() + HOUR_MS;
      const ended = await store.transition(id, ['running'], { state: 'failed' });
      expect(await store.postpone(id, dueAt, refused())).toBeUndefined();
      expect(await store.get(id)).toEqual(ended);
      const reopened = await store.reopen(id, [0]);
      expect(await store.postpone(id, dueAt, refused(), 1)).toBeUndefined();
      expect(await store.get(id)).toEqual(reopened);
      expect(await store.postpone(id, dueAt, refused(), 2)).toMatchObject({ dueAt });
      expect(await store.postpone(ids.next(), dueAt, refused())).toBeUndefined();
    });

    it('is told to who watches the job', async () => {
      const id = await running(store, 1);
      const other = await current().connect();
      let stop = (): void => {};
      const told = new Promise<void>((resolve, reject) => {
        other.watch(id, resolve).then((end) => {
          stop = end;
          return store.postpone(id, systemClock.now() + HOUR_MS, toErrorRecord(new Error('x')));
        }, reject);
      });
      await told;
      stop();
    });
  });
}
