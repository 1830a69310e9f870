import { kindOf, QuarryError, seededRandom, systemClock, toErrorRecord, type Clock } from '#libs/kernel';
import { MemoryJobStore, PatientJobStore, type JobStore, type NewJob } from './index.ts';

type Method = keyof JobStore;
type Fault = 'before' | 'after' | undefined;

const START = 1_700_000_000_000;
const down = (method: Method): QuarryError =>
  new QuarryError('unavailable', `lost the connection during ${method}`, { code: 'job_store_unavailable' });

/** Fails calls before or after they take effect, as `faultOf` says of the n-th of all (from 1). */
function failing(
  jobs: JobStore,
  faultOf: (n: number, method: Method) => Fault,
): JobStore & { readonly calls: Method[] } {
  const calls: Method[] = [];
  return new Proxy(jobs, {
    get: (target, name) => {
      if (name === 'calls') return calls;
      const method = name as Method;
      return async (...args: never[]): Promise<unknown> => {
        const fault = faultOf(calls.push(method), method);
        if (fault === 'before') throw down(method);
        const answer = await (target[method] as (...given: never[]) => Promise<unknown>).apply(target, args);
        if (fault === 'after') throw down(method);
        return answer;
      };
    },
  }) as JobStore & { readonly calls: Method[] };
}

/** Sleeps end at once and move the monotonic time. */
function quickClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    ...systemClock,
    slept,
    monotonic: () => slept.reduce((sum, ms) => sum + ms, 0),
    sleep: async (ms) => void slept.push(ms),
  };
}

const job: NewJob = { id: '01A', kind: 'search', tenant: 't', index: 'i', spec: {}, announce: true };
const whole = { id: '01B', kind: 'search', tenant: 't', index: 'i', spec: {} };
const error = { kind: 'unavailable', code: 'busy', message: 'busy' } as const;

/** Every step of a job's life, as a worker takes it, with what each answers. */
const LIFE: readonly [string, (jobs: JobStore) => Promise<unknown>][] = [
  ['create', (jobs) => jobs.create(job)],
  ['a lease', (jobs) => jobs.acquireLease('l', 'me', 60_000)],
  ['planning', (jobs) => jobs.transition('01A', ['queued'], { state: 'planning' })],
  ['plan', (jobs) => jobs.recordPlan('01A', { shared: { version: 7 }, tasks: [1, 2, 3] })],
  ['first partial', (jobs) => jobs.recordPartial('01A', 0, { body: { b: 1, a: [2] }, failed: false }, 1)],
  ['its duplicate', (jobs) => jobs.recordPartial('01A', 0, { body: 'another', failed: true }, 1)],
  ['a pause', (jobs) => jobs.postpone('01A', START + 500, error, 1)],
  ['the same pause', (jobs) => jobs.postpone('01A', START + 900, error)],
  ['second partial', (jobs) => jobs.recordPartial('01A', 1, { body: null, failed: true })],
  ['failed', (jobs) => jobs.transition('01A', ['running'], { state: 'failed', error })],
  ['unannounced', (jobs) => jobs.listUnannounced(START + 1, 5)],
  ['announced', (jobs) => jobs.markAnnounced('01A')],
  ['reopened', (jobs) => jobs.reopen('01A', [1])],
  ['late partial', (jobs) => jobs.recordPartial('01A', 1, { body: 'late', failed: false }, 1)],
  ['second again', (jobs) => jobs.recordPartial('01A', 1, { body: 'good', failed: false }, 2)],
  ['last partial', (jobs) => jobs.recordPartial('01A', 2, { body: 'good', failed: false }, 2)],
  ['recorded', (jobs) => jobs.recordedTasks('01A')],
  ['finishing', (jobs) => jobs.transition('01A', ['running', 'finishing'], { state: 'finishing' }, 2)],
  ['an end that comes late', (jobs) => jobs.transition('01A', ['finishing'], { state: 'cancelled' }, 1)],
  ['end', (jobs) => jobs.transition('01A', ['finishing'], { state: 'succeeded', result: { n: 1 }, coverage: 1 }, 2)],
  ['a second end', (jobs) => jobs.transition('01A', ['finishing'], { state: 'failed', error }, 2)],
  [
    'a job that is over',
    (jobs) => jobs.recordWhole({ ...whole, createdAt: START - 9, startedAt: START - 5 }, { state: 'succeeded' }, 'me'),
  ],
  [
    'the same once more',
    (jobs) => jobs.recordWhole({ ...whole, createdAt: START - 9, startedAt: START - 5 }, { state: 'failed' }, 'me'),
  ],
  ['a hint', (jobs) => jobs.putHint('h', 4)],
  ['the hint', (jobs) => jobs.getHint('h')],
  ['a hundred others', (jobs) => jobs.list({ tenant: 't' }, { limit: 100 })],
  ['state', (jobs) => jobs.taskState('01A', 2)],
  ['partials', (jobs) => jobs.partials('01A')],
  ['plan in force', (jobs) => jobs.getPlan('01A')],
  ['lease returned', async (jobs) => jobs.releaseLease({ name: 'l', owner: 'me', token: 1, expiresAt: 0 })],
  ['the lease of another', (jobs) => jobs.acquireLease('l', 'you', 60_000)],
];

async function live(jobs: JobStore): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const [name, step] of LIFE) answers.push([name, await step(jobs)]);
  return answers;
}

describe('PatientJobStore', () => {
  const fixed: Clock = { ...systemClock, now: () => START };
  const memory = (): JobStore => new MemoryJobStore({ clock: fixed });
  const patient = (jobs: JobStore, clock: Clock = quickClock()): PatientJobStore =>
    new PatientJobStore({ jobs, clock, random: seededRandom(1) });
  const never = (): Fault => undefined;

  it.each(['before', 'after'] as const)(
    'answers alike whichever call fails %s its effect, once or thrice',
    async (fault) => {
      const flawless = failing(memory(), never);
      const expected = await live(patient(flawless));
      const end = await flawless.get('01A');
      expect(flawless.calls.length).toBeGreaterThan(LIFE.length);
      for (const inRow of [1, 3]) {
        for (let n = 1; n <= flawless.calls.length; n++) {
          const inner = memory();
          const jobs = failing(inner, (call) => (call >= n && call < n + inRow ? fault : undefined));
          expect({ n, answers: await live(patient(jobs)) }).toEqual({ n, answers: expected });
          expect(await inner.get('01A')).toEqual(end);
        }
      }
    },
  );

  it('answers alike when calls fail at random', async () => {
    const expected = await live(patient(memory()));
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const faultOf = (): Fault => (random.next() < 0.4 ? (random.next() < 0.5 ? 'before' : 'after') : undefined);
      expect({ seed, answers: await live(patient(failing(memory(), faultOf))) }).toEqual({ seed, answers: expected });
    }
  });

  describe('when another process was faster while the answer was lost', () => {
    /** The first call of `method` fails without effect; before it is repeated, `meanwhile` is done. */
    const losing = (method: Method, meanwhile: (jobs: JobStore) => Promise<unknown>): [JobStore, JobStore] => {
      const inner = memory();
      let isLost = false;
      const flaky = failing(inner, (_, called) => {
        if (called !== method || isLost) return undefined;
        isLost = true;
        return 'before';
      });
      const clock = quickClock();
      return [inner, patient(flaky, { ...clock, sleep: async () => void (await meanwhile(inner)) })];
    };
    const run = async (jobs: JobStore): Promise<void> => {
      await jobs.create(job);
      await jobs.recordPlan('01A', { shared: 0, tasks: [1, 2] });
    };

    it('claims no end that is another’s', async () => {
      const [inner, jobs] = losing('transition', (other) =>
        other.transition('01A', ['running'], { state: 'succeeded', result: 'theirs' }),
      );
      await run(inner);
      expect(await jobs.transition('01A', ['running'], { state: 'succeeded', result: 'mine' }, 1)).toBeUndefined();
    });

    it('does not end the attempt after', async () => {
      const [inner, jobs] = losing('transition', async (other) => {
        await other.transition('01A', ['running'], { state: 'failed' });
        await other.reopen('01A', []);
      });
      await run(inner);
      expect(await jobs.transition('01A', ['running'], { state: 'failed' })).toBeUndefined();
      expect(await inner.get('01A')).toMatchObject({ state: 'running', attempt: 2 });
    });

    it('claims no partial that is another’s, and says what remains', async () => {
      const [inner, jobs] = losing('recordPartial', (other) =>
        other.recordPartial('01A', 0, { body: 'theirs', failed: false }),
      );
      await run(inner);
      const outcome = await jobs.recordPartial('01A', 0, { body: 'mine', failed: false });
      expect(outcome).toEqual({ recorded: false, remaining: 1 });
    });

    it('announces no end of another attempt', async () => {
      const [inner, jobs] = losing('markAnnounced', async (other) => {
        await other.reopen('01A', []);
        await other.transition('01A', ['running'], { state: 'failed' });
      });
      await run(inner);
      await inner.transition('01A', ['running'], { state: 'failed' });
      await jobs.markAnnounced('01A');
      expect(await inner.listUnannounced(START + 1, 5)).toMatchObject([{ id: '01A', attempt: 2 }]);
    });
  });

  it('gives up after two minutes, with the last error', async () => {
    const clock = quickClock();
    const jobs = failing(memory(), () => 'before');
    await expect(patient(jobs, clock).get('01A').catch(toErrorRecord)).resolves.toMatchObject({
      kind: 'unavailable',
      message: 'lost the connection during get',
    });
    expect(clock.monotonic()).toBeCloseTo(120_000);
    // The pauses grow: a store that comes back is not drowned in questions.
    expect(jobs.calls.length).toBeLessThan(300);
  });

  it.each<[Method, (jobs: JobStore) => Promise<unknown>, number]>([
    ['watch', (jobs) => jobs.watch('01A', () => {}), 2000],
    ['releaseLease', (jobs) => jobs.releaseLease({ name: 'l', owner: 'me', token: 1, expiresAt: 0 }), 2000],
    ['putHint', (jobs) => jobs.putHint('h', 1), 2000],
    ['getHint', (jobs) => jobs.getHint('h'), 2000],
    ['acquireLease', (jobs) => jobs.acquireLease('l', 'me', 700), 700],
    ['ping', (jobs) => jobs.ping(), 0],
    ['touch', (jobs) => jobs.touch('01A'), 0],
    ['reportProgress', (jobs) => jobs.reportProgress('01A', 0, { doneBytes: 0, totalBytes: 0, documents: 0 }), 0],
    ['deleteEnded', (jobs) => jobs.deleteEnded(START, 10), 0],
  ])('repeats %s for no longer than it is worth', async (method, call, patienceMs) => {
    const clock = quickClock();
    const jobs = failing(memory(), () => 'before');
    await expect(call(patient(jobs, clock)).catch(kindOf)).resolves.toBe('unavailable');
    expect(clock.monotonic()).toBeCloseTo(patienceMs);
    expect(jobs.calls.every((called) => called === method)).toBe(true);
  });

  it('repeats no other error', async () => {
    const jobs = failing(memory(), never);
    const refused = patient(jobs).transition('01A', ['failed'], { state: 'running' }, 1);
    await expect(refused.catch(kindOf)).resolves.toBe('internal');
    expect(jobs.calls).toEqual(['transition']);
  });

  it('ends all waiting when it is closed, and waits for nothing afterwards', async () => {
    const jobs = failing(memory(), (_, method) => (method === 'close' ? undefined : 'before'));
    const store = patient(jobs, systemClock);
    const outcome = store.partials('01A').catch(toErrorRecord);
    await store.close();
    expect(await outcome).toMatchObject({ kind: 'unavailable', message: 'lost the connection during partials' });
    await expect(store.get('01A').catch(kindOf)).resolves.toBe('unavailable');
    expect(jobs.calls).toEqual(['partials', 'close', 'get']);
  });
});
