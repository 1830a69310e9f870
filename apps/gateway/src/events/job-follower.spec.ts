import { QuarryError, systemClock, type Clock } from '#libs/kernel';
import { MemoryJobStore, type JobRecord, type JobStore } from '#libs/job-store';
import type { JobView } from '#libs/jobs';
import { parsePosition } from './event-position.ts';
import { JobFollower, type FollowParts } from './job-follower.ts';

/** Time that passes when somebody waits: a wait ends at once, and the clock shows that it took what was asked. */
function leapingClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    after: (ms, action) => {
      let over = false;
      setImmediate(() => {
        if (over) return;
        now += ms;
        action();
      });
      return () => {
        over = true;
      };
    },
  };
}

const NEVER = new AbortController().signal;

async function startJob(tasks: number, clock: Clock = systemClock) {
  const jobs = new MemoryJobStore({ clock });
  await jobs.create({ id: 'j', kind: 'k', tenant: 't', index: 'i', spec: null });
  await jobs.recordPlan('j', { shared: null, tasks: Array.from({ length: tasks }, (_, task) => task) });
  let merges = 0;
  const view = (job: JobRecord): JobView => ({ job, partial: { merged: job.progress.done } });
  const parts: FollowParts = {
    clock,
    jobs,
    jobService: {
      get: async (_tenant, id) => {
        merges++;
        return view((await jobs.get(id))!);
      },
    },
  };
  return {
    jobs,
    parts,
    merges: () => merges,
    record: (task: number) => jobs.recordPartial('j', task, { body: null, failed: false }),
    finish: () => jobs.transition('j', ['running'], { state: 'succeeded', coverage: 1 }),
  };
}

describe('following a job', () => {
  it('shows one who asks rarely the state of that moment, at the price of one merge', async () => {
    const { parts, record, merges } = await startJob(5000);
    const changes = (await JobFollower.open(parts, 't', 'j')).changes(undefined, NEVER);
    expect((await changes.next()).value).toMatchObject([{ event: 'progress' }]);
    const before = merges();
    for (let task = 0; task < 4000; task++) await record(task);
    const { value } = await changes.next();
    expect(value).toMatchObject([
      { event: 'progress', data: { progress: { done: 4000 } } },
      { event: 'partial', data: { merged: 4000 } },
    ]);
    expect(merges()).toBe(before + 1);
    await changes.return(undefined);
  });

  it('gives a sign of life when nothing happens', async () => {
    const { parts } = await startJob(2, leapingClock());
    const changes = (await JobFollower.open(parts, 't', 'j')).changes(undefined, NEVER);
    await changes.next();
    expect((await changes.next()).value).toEqual([]);
    expect(parts.clock.monotonic()).toBeGreaterThanOrEqual(15_000);
    expect(parts.clock.monotonic()).toBeLessThan(16_000);
    await changes.return(undefined);
  });

  it('finds a change whose notification was lost', async () => {
    const { parts, finish } = await startJob(1, leapingClock());
    const deaf: Pick<JobStore, 'get' | 'watch'> = { get: (id) => parts.jobs.get(id), watch: async () => () => {} };
    const changes = (await JobFollower.open({ ...parts, jobs: deaf }, 't', 'j')).changes(undefined, NEVER);
    await changes.next();
    await finish();
    expect((await changes.next()).value).toMatchObject([{ event: 'done' }]);
    expect(await changes.next()).toMatchObject({ done: true });
  });

  it('outlives trouble with the store, with signs of life', async () => {
    const { parts, finish } = await startJob(1, leapingClock());
    let trouble = 100;
    const jobs: Pick<JobStore, 'get' | 'watch'> = {
      watch: (...args) => parts.jobs.watch(...args),
      get: async (id) => {
        if (trouble-- > 0) throw new QuarryError('unavailable', 'away', { code: 'job_store_unavailable' });
        return parts.jobs.get(id);
      },
    };
    const changes = (await JobFollower.open({ ...parts, jobs }, 't', 'j')).changes(undefined, NEVER);
    await changes.next();
    await finish();
    const seen: unknown[] = [];
    for await (const events of changes) seen.push(events);
    expect(seen.slice(0, -1)).toEqual(Array.from({ length: 6 }, () => []));
    expect(seen.at(-1)).toMatchObject([{ event: 'done' }]);
  });

  it('ends with the signal, and with a job that is forgotten', async () => {
    const { parts, jobs, finish } = await startJob(1);
    const stop = new AbortController();
    const stopped = (await JobFollower.open(parts, 't', 'j')).changes(undefined, stop.signal);
    await stopped.next();
    const rest = stopped.next();
    stop.abort();
    expect(await rest).toMatchObject({ done: true });

    const forgotten = (await JobFollower.open(parts, 't', 'j')).changes(undefined, NEVER);
    await forgotten.next();
    await finish();
    await jobs.deleteEnded(Infinity, 10);
    expect(await forgotten.next()).toMatchObject({ done: true });
  });
});

describe('a position', () => {
  it.each(['', '1', 'x.1.abc', '1.1', '1.1.a b', '-1.end', '1.end2', `1.1.${'a'.repeat(50)}`])('is not %j', (text) => {
    expect(parsePosition(text)).toBeUndefined();
  });
  it.each([
    ['3.end', { attempt: 3, end: true }],
    ['1.20.ab-_1234', { attempt: 1, merged: 20, summary: 'ab-_1234' }],
  ])('is %j', (text, position) => {
    expect(parsePosition(text)).toEqual(position);
  });
});
