import { z } from 'zod';
import { QuarryError, createIds, seededRandom, systemClock, type ErrorRecord } from '#libs/kernel';
import { MemoryBroker, type Broker } from '#libs/broker';
import { isTerminal, MemoryJobStore, type JobStore } from '#libs/job-store';
import { MemoryObjectStore } from '#libs/object-store';
import { silentLogger } from '#libs/telemetry';
import type { JobContext, JobKind, JobOutcome, TaskContext } from '../job-kind.ts';
import { ClaimCheck } from './claim-check.ts';
import { noJobEvents, type JobParts } from './job-parts.ts';
import { KindRegistry } from './kind-registry.ts';
import { JobActor } from './job-actor.ts';
import { encodeMessage, mailboxOf } from './messages.ts';
import { Reconciler, RECONCILER_DEFAULTS } from './reconciler.ts';
import { RuntimeJobService } from './runtime-job-service.ts';
import { WorkerHost } from './worker-host.ts';

interface SumSpec {
  readonly numbers: number[];
}
interface SumPartial {
  readonly sum: number;
  readonly failed: string[];
}
type Behaviour = (task: number, context: TaskContext) => Promise<void> | void;

/** Adds numbers, one task each: the smallest kind there is. `behave` may throw or wait. */
class SumKind implements JobKind<SumSpec, { pinned: number }, number, SumPartial, { sum: number; failed: string[] }> {
  readonly name = 'sum';
  readonly role = 'search';
  readonly spec = z.object({ numbers: z.array(z.number()) });
  readonly ran: number[] = [];
  plans = 0;
  finishes = 0;
  behave: Behaviour = () => {};

  async admit({ numbers }: SumSpec): Promise<void> {
    if (numbers.includes(666)) throw new QuarryError('invalid', '666 is not admitted', { code: 'unlucky' });
  }
  async plan({ numbers }: SumSpec): Promise<{ shared: { pinned: number }; tasks: number[] }> {
    this.plans++;
    return { shared: { pinned: 7 }, tasks: numbers };
  }
  async run(task: number, _shared: unknown, _spec: SumSpec, context: TaskContext): Promise<SumPartial> {
    this.ran.push(task);
    await this.behave(task, context);
    return { sum: task, failed: [] };
  }
  failed(task: number, _shared: unknown, error: ErrorRecord): SumPartial {
    return { sum: 0, failed: [`${task}: ${error.code}`] };
  }
  empty(): SumPartial {
    return { sum: 0, failed: [] };
  }
  merge(a: SumPartial, b: SumPartial): SumPartial {
    return { sum: a.sum + b.sum, failed: [...a.failed, ...b.failed].toSorted() };
  }
  async finish(partial: SumPartial): Promise<JobOutcome<{ sum: number; failed: string[] }>> {
    this.finishes++;
    return { result: partial, coverage: partial.failed.length === 0 ? 1 : 0.5 };
  }
  preview(partial: SumPartial): { sum: number; failed: string[] } {
    return partial;
  }
}

interface Cluster {
  readonly kind: SumKind;
  readonly parts: JobParts;
  readonly service: RuntimeJobService;
  readonly close: () => Promise<void>;
}

const clusters: Cluster[] = [];

async function cluster(change: (parts: JobParts) => Partial<JobParts> = () => ({}), workers = 2): Promise<Cluster> {
  const clock = systemClock;
  const random = seededRandom(1);
  const ids = createIds(clock, random);
  const store = new MemoryObjectStore({ clock });
  const kind = new SumKind();
  const whole: JobParts = {
    kinds: new KindRegistry([kind]),
    broker: new MemoryBroker({ clock }),
    jobs: new MemoryJobStore({ clock }),
    store,
    claims: new ClaimCheck(store),
    clock,
    random,
    ids,
    logger: silentLogger,
    events: noJobEvents,
    namespace: 'test',
  };
  const parts = { ...whole, ...change(whole) };
  const hosts = Array.from({ length: workers }, () => {
    const concurrency = { search: 3, index: 1, maintenance: 1 };
    return new WorkerHost(parts, { roles: ['search'], concurrency });
  });
  await Promise.all(hosts.map((host) => host.start()));
  const made: Cluster = {
    kind,
    parts,
    service: new RuntimeJobService(parts),
    close: async () => {
      await Promise.all(hosts.map((host) => host.close(1000)));
      await parts.broker.close();
      await parts.jobs.close();
    },
  };
  clusters.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(clusters.splice(0).map((made) => made.close()));
});

const submission = (numbers: number[]): { kind: string; tenant: string; index: string; spec: SumSpec } => ({
  kind: 'sum',
  tenant: 't',
  index: 'i',
  spec: { numbers },
});

async function sumOf({ service }: Cluster, numbers: number[]): ReturnType<RuntimeJobService['wait']> {
  const { job } = await service.submit(submission(numbers));
  return service.wait('t', job.id, 10_000);
}

describe('a job', () => {
  it.each([[[]], [[5]], [[1, 2, 3, 4, 5, 6, 7, 8, 9]]])(
    'of tasks %j is planned, run, merged and finished',
    async (numbers) => {
      const made = await cluster();
      const { job } = await sumOf(made, numbers);
      const sum = numbers.reduce((a, b) => a + b, 0);
      expect(job).toMatchObject({ state: 'succeeded', result: { sum }, coverage: 1 });
      expect(job.progress).toEqual({ total: numbers.length, done: numbers.length, failed: 0 });
    },
  );

  it('that is refused leaves nothing behind', async () => {
    const made = await cluster();
    await expect(made.service.submit(submission([666]))).rejects.toMatchObject({ kind: 'invalid', code: 'unlucky' });
    const bad = { ...submission([]), spec: { numbers: 'no' } };
    await expect(made.service.submit(bad)).rejects.toMatchObject({ code: 'bad_request' });
    await expect(made.service.submit({ ...submission([]), kind: 'summ' })).rejects.toMatchObject({
      code: 'unknown_job_kind',
    });
    expect(await made.parts.jobs.list({ tenant: 't' }, { limit: 10 })).toEqual([]);
  });

  it('of another tenant does not exist', async () => {
    const made = await cluster();
    const { job } = await sumOf(made, [1]);
    await expect(made.service.get('other', job.id)).rejects.toMatchObject({ kind: 'not-found', code: 'job_not_found' });
  });

  it('takes a failed task as data and says what it covers', async () => {
    const made = await cluster();
    made.kind.behave = (task) => {
      if (task === 2) throw new QuarryError('corrupt', 'bad bytes');
    };
    const { job } = await sumOf(made, [1, 2, 3]);
    expect(job).toMatchObject({ state: 'succeeded', coverage: 0.5, result: { sum: 4, failed: ['2: corrupt'] } });
    expect(job.progress).toEqual({ total: 3, done: 3, failed: 1 });
  });

  it('tries again what may succeed later', async () => {
    const made = await cluster();
    let failures = 2;
    made.kind.behave = () => {
      if (failures-- > 0) throw new QuarryError('unavailable', 'the store is away');
    };
    const { job } = await sumOf(made, [4]);
    expect(job).toMatchObject({ state: 'succeeded', result: { sum: 4, failed: [] } });
  });

  it('of one task has started when somebody took it up, not when it ended', async () => {
    const made = await cluster();
    // As searches are: nothing is written of it before its plan.
    Object.assign(made.kind, { transient: true });
    const finish = made.kind.finish.bind(made.kind);
    made.kind.behave = () => made.parts.clock.sleep(50);
    const seen = Promise.withResolvers<JobContext>();
    made.kind.finish = (partial, ...[, , context]: unknown[]) => {
      seen.resolve(context as JobContext);
      return finish(partial);
    };
    const [{ job }, { createdAt, startedAt }] = await Promise.all([sumOf(made, [4]), seen.promise]);
    expect(startedAt).toBeLessThanOrEqual(job.startedAt!);
    expect(startedAt - createdAt).toBeLessThan(job.finishedAt! - job.createdAt - 40);
  });

  it('is fetched and merged so far while it runs', async () => {
    const made = await cluster();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    made.kind.behave = (task) => (task === 3 ? held : undefined);
    const { job } = await made.service.submit(submission([1, 2, 3]));
    for (let view = await made.service.get('t', job.id); ; view = await made.service.wait('t', job.id, 20)) {
      if (view.job.progress.done < 2) continue;
      expect(view).toMatchObject({ job: { state: 'running' }, partial: { sum: 3 } });
      break;
    }
    release();
    expect((await made.service.wait('t', job.id, 10_000)).job).toMatchObject({
      state: 'succeeded',
      result: { sum: 6 },
    });
  });

  it('that is cancelled stops its tasks and stays cancelled', async () => {
    const made = await cluster();
    let stopped = (): void => {};
    const abort = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    let began = (): void => {};
    const running = new Promise<void>((resolve) => {
      began = resolve;
    });
    made.kind.behave = (_task, { signal }) =>
      new Promise((_, reject) => {
        began();
        signal.addEventListener('abort', () => {
          stopped();
          reject(new QuarryError('cancelled', 'stopped'));
        });
      });
    const { job } = await made.service.submit(submission([1]));
    await running;
    expect((await made.service.cancel('t', job.id)).job.state).toBe('cancelled');
    await abort;
    expect((await made.service.wait('t', job.id, 1000)).job.state).toBe('cancelled');
    expect((await made.service.cancel('t', job.id)).job.state).toBe('cancelled');
  });

  it('retried runs only what failed, on the same plan', async () => {
    const made = await cluster();
    made.kind.behave = (task) => {
      if (task === 2) throw new QuarryError('corrupt', 'bad bytes');
    };
    const { job } = await sumOf(made, [1, 2, 3]);
    made.kind.behave = () => {};
    made.kind.ran.length = 0;
    await made.service.retry('t', job.id);
    const { job: again } = await made.service.wait('t', job.id, 10_000);
    expect(again).toMatchObject({ state: 'succeeded', attempt: 2, coverage: 1, result: { sum: 6 } });
    expect(made.kind.ran).toEqual([2]);
    expect(made.kind.plans).toBe(1);
  });

  it('is made once for an idempotency key, and refused with another body', async () => {
    const made = await cluster();
    const keyed = { ...submission([1, 2]), idempotencyKey: 'k' };
    const [first, second] = await Promise.all([made.service.submit(keyed), made.service.submit(keyed)]);
    expect(second.job.id).toBe(first.job.id);
    expect([first.created, second.created].filter(Boolean)).toHaveLength(1);
    const other = { ...submission([1]), idempotencyKey: 'k' };
    await expect(made.service.submit(other)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('keeps a large result in the object store and shows it whole', async () => {
    const made = await cluster();
    const numbers = Array.from({ length: 30 }, (_, i) => i);
    made.kind.behave = (task) => {
      if (task > 0) throw new QuarryError('corrupt', 'x', { code: `c${'x'.repeat(5000)}` });
    };
    const { job } = await sumOf(made, numbers);
    expect((job.result as { failed: string[] }).failed).toHaveLength(29);
    expect((await made.parts.jobs.get(job.id))!.result).toMatchObject({
      $claim: expect.stringContaining(job.id) as string,
    });
  });
});

describe('delivery at least once', () => {
  /** Every message twice. */
  const doubling = (broker: Broker): Broker =>
    new Proxy(broker, {
      get(target, name) {
        if (name === 'publish')
          return (mailbox: string, messages: []) => target.publish(mailbox, [...messages, ...messages]);
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
    });

  it('duplicated messages change nothing (JOB-2, JOB-3)', async () => {
    const made = await cluster((parts) => ({ broker: doubling(parts.broker) }), 3);
    const views = await Promise.all(Array.from({ length: 20 }, (_, i) => sumOf(made, [i, 2, 3, 4])));
    expect(views.map(({ job }) => (job.result as { sum: number }).sum)).toEqual(views.map((_, i) => i + 9));
  });

  it('a message that no job can be made of goes to the dead letters and blocks nobody', async () => {
    const made = await cluster();
    const mailbox = mailboxOf('test', { role: 'search' });
    for (const body of ['not json', '{"v":99,"type":"task"}', '{"v":2,"type":"advance","job":"x","kind":"foreign"}']) {
      await made.parts.broker.publish(mailbox, [{ body, priority: 9 }]);
    }
    expect((await sumOf(made, [1])).job.state).toBe('succeeded');
    const letters = await made.parts.broker.deadLetters(mailbox, { limit: 10 });
    expect(letters.map((letter) => letter.reason).toSorted()).toEqual([
      expect.stringContaining('message version 99'),
      expect.stringContaining('not a job message'),
      expect.stringContaining('no job kind "foreign"'),
    ]);
  });
});

describe('a retry', () => {
  it('of a job that never got a plan plans it', async () => {
    const made = await cluster(() => ({}), 0);
    const { job } = await made.service.submit({ ...submission([1, 2]), timeoutMs: 60_000 });
    await made.service.cancel('t', job.id);
    const again = await made.service.retry('t', job.id);
    expect(again.job).toMatchObject({ state: 'queued', attempt: 2 });
    expect(again.job.expiresAt).toBeGreaterThanOrEqual(job.expiresAt!);
    const host = new WorkerHost(made.parts, {
      roles: ['search'],
      concurrency: { search: 2, index: 1, maintenance: 1 },
    });
    await host.start();
    expect((await made.service.wait('t', job.id, 10_000)).job).toMatchObject({
      state: 'succeeded',
      result: { sum: 3 },
    });
    await host.close(1000);
  });

  it('is not ended by what the attempt before left running (JOB-3)', async () => {
    const made = await cluster();
    const held: { release: () => void; began: Promise<void> } = { release: () => {}, began: Promise.resolve() };
    const plainFinish = made.kind.finish.bind(made.kind);
    held.began = new Promise((began) => {
      made.kind.finish = async (partial) => {
        began();
        await new Promise<void>((release) => {
          held.release = release;
        });
        return { ...(await plainFinish(partial)), result: { sum: -1, failed: [] } };
      };
    });
    made.kind.behave = (task) => {
      if (task === 2) throw new QuarryError('corrupt', 'bad bytes');
    };
    const { job } = await made.service.submit(submission([1, 2]));
    await held.began;
    await made.service.cancel('t', job.id);
    made.kind.finish = plainFinish;
    made.kind.behave = () => {};
    await made.service.retry('t', job.id);
    held.release();
    const ended = await made.service.wait('t', job.id, 10_000);
    expect(ended.job).toMatchObject({ state: 'succeeded', attempt: 2, result: { sum: 3, failed: [] } });
  });
});

describe('work that came again', () => {
  const message = (type: 'advance' | 'task', job: string): { body: string } => ({
    body: encodeMessage({ v: 2, type, job, kind: 'sum', ...(type === 'task' && { tasks: [0] }) } as never),
  });
  const delivery = (body: string, attempt: number, retries = 0): Parameters<JobActor['handle']>[0] => ({
    id: 'd',
    body,
    attempt,
    retries,
    publishedAt: 0,
    signal: new AbortController().signal,
  });

  it('is not done again when its partial is recorded (JOB-2)', async () => {
    const made = await cluster(() => ({}), 0);
    const { job } = await made.service.submit(submission([5, 6]));
    await made.parts.jobs.transition(job.id, ['queued'], { state: 'planning' });
    await made.parts.jobs.recordPlan(job.id, { shared: { pinned: 7 }, tasks: [5, 6] });
    const actor = new JobActor(made.parts);
    for (let i = 0; i < 3; i++) expect(await actor.handle(delivery(message('task', job.id).body, 1))).toBe('ack');
    expect(made.kind.ran).toEqual([5]);
  });

  it('fails its job and lies among the dead letters when it has ended its process a hundred times', async () => {
    const made = await cluster(() => ({}), 0);
    const { job } = await made.service.submit(submission([5]));
    const settlement = await new JobActor(made.parts).handle(delivery(message('advance', job.id).body, 201, 100));
    expect(settlement).toEqual({ deadLetter: expect.stringContaining('100 times') });
    expect((await made.service.get('t', job.id)).job).toMatchObject({
      state: 'failed',
      error: { code: 'task_crashed' },
    });
  });

  it('fails its task when that has ended its process a hundred times', async () => {
    const made = await cluster(() => ({}), 0);
    const { job } = await made.service.submit(submission([5, 6]));
    await made.parts.jobs.transition(job.id, ['queued'], { state: 'planning' });
    await made.parts.jobs.recordPlan(job.id, { shared: { pinned: 7 }, tasks: [5, 6] });
    await new JobActor(made.parts).handle(delivery(message('task', job.id).body, 201, 100));
    expect(made.kind.ran).toEqual([]);
    expect((await made.service.get('t', job.id)).job.progress).toEqual({ total: 2, done: 1, failed: 1 });
  });

  it.each(['advance', 'task'] as const)('%s is done after any lesser number of deaths', async (type) => {
    for (const deaths of [1, 5, 6, 20, 99]) {
      const made = await cluster(() => ({}), 0);
      const { job } = await made.service.submit(submission([5]));
      if (type === 'task') await made.parts.jobs.recordPlan(job.id, { shared: { pinned: 7 }, tasks: [5] });
      const { body } = message(type, job.id);
      expect(await new JobActor(made.parts).handle(delivery(body, 1 + deaths + 100, 100))).toBe('ack');
      expect((await made.service.get('t', job.id)).job).toMatchObject({ state: 'succeeded', coverage: 1 });
    }
  });

  it('lets others pass, once for each death from the sixth on', async () => {
    const made = await cluster(() => ({}), 0);
    const { job } = await made.service.submit(submission([5]));
    const actor = new JobActor(made.parts);
    const { body } = message('advance', job.id);
    for (let deaths = 6; deaths < 30; deaths++) {
      const waits = deaths - 6;
      const settlement = await actor.handle(delivery(body, 1 + deaths + waits, waits));
      expect(settlement).toEqual({ retryAfterMs: expect.any(Number) });
    }
    expect(made.kind.ran).toEqual([]);
    expect(await actor.handle(delivery(body, 1 + 29 + 24, 24))).toBe('ack');
    expect(made.kind.ran).toEqual([5]);
  });

  it('has all its tries at errors left after any number of deaths', async () => {
    const made = await cluster(() => ({}), 0);
    const { job } = await made.service.submit(submission([5]));
    made.kind.behave = () => {
      throw new QuarryError('unavailable', 'away');
    };
    const actor = new JobActor(made.parts);
    const { body } = message('advance', job.id);
    const settlement = await actor.handle(delivery(body, 1 + 40 + 35, 35));
    expect(settlement).toEqual({ retryAfterMs: expect.any(Number) });
    expect(isTerminal((await made.service.get('t', job.id)).job.state)).toBe(false);
  });

  it('is left alone when a job store that lost its last second has forgotten the plan it is of', async () => {
    const made = await cluster(() => ({}), 0);
    const { job } = await made.service.submit(submission([5, 6]));
    const actor = new JobActor(made.parts);
    for (let attempt = 1; attempt <= 6; attempt++) {
      expect(await actor.handle(delivery(message('task', job.id).body, attempt))).toBe('ack');
    }
    expect((await made.service.get('t', job.id)).job.state).toBe('queued');
    await made.parts.jobs.recordPlan(job.id, { shared: { pinned: 7 }, tasks: [] });
    expect(await actor.handle(delivery(message('task', job.id).body, 6))).toBe('ack');
    expect(await actor.handle(delivery(message('advance', job.id).body, 1))).toBe('ack');
    expect((await made.service.get('t', job.id)).job).toMatchObject({ state: 'succeeded', result: { sum: 0 } });
  });

  it('as a submission whose record was made by a call that got no answer sends its message (JOB-1)', async () => {
    const made = await cluster((parts) => ({
      jobs: new Proxy(parts.jobs, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown;
          if (typeof value !== 'function') return value;
          return async (...args: unknown[]): Promise<unknown> => {
            // As a client that sends a command again whose answer was lost with its connection.
            if (name === 'create') await target.create(args[0] as never);
            return (value as (...given: unknown[]) => unknown).apply(target, args);
          };
        },
      }),
    }));
    const { job, created } = await made.service.submit(submission([1, 2]));
    expect(created).toBe(true);
    expect((await made.service.wait('t', job.id, 2000)).job).toMatchObject({ state: 'succeeded', result: { sum: 3 } });
  });

  it('as a submission is answered with its job, even when it would not be admitted any more', async () => {
    const made = await cluster();
    const first = await made.service.submit({ ...submission([1]), idempotencyKey: 'k' });
    made.kind.admit = () => Promise.reject(new QuarryError('not-found', 'the source is gone'));
    const second = await made.service.submit({ ...submission([1]), idempotencyKey: 'k' });
    expect(second).toMatchObject({ created: false, job: { id: first.job.id } });
  });

  it('stops when its job was cancelled just before anybody watched', async () => {
    const made = await cluster((parts) => ({
      jobs: new Proxy(parts.jobs, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown;
          if (typeof value !== 'function') return value;
          return async (...args: unknown[]): Promise<unknown> => {
            if (name === 'watch') await target.transition(args[0] as string, ['running'], { state: 'cancelled' });
            return (value as (...given: unknown[]) => unknown).apply(target, args);
          };
        },
      }),
    }));
    const stopped = new Promise<void>((resolve) => {
      made.kind.behave = (_task, { signal }) =>
        new Promise((_, reject) => {
          const stop = (): void => {
            resolve();
            reject(new QuarryError('cancelled', 'stopped'));
          };
          if (signal.aborted) stop();
          else signal.addEventListener('abort', stop);
        });
    });
    const { job } = await made.service.submit(submission([1]));
    await stopped;
    expect((await made.service.get('t', job.id)).job.state).toBe('cancelled');
  });

  it('a job whose large result went with its index is still known', async () => {
    const made = await cluster();
    made.kind.behave = (task) => {
      if (task > 0) throw new QuarryError('corrupt', 'x', { code: `c${'x'.repeat(5000)}` });
    };
    const { job } = await sumOf(
      made,
      Array.from({ length: 30 }, (_, i) => i),
    );
    const keys: string[] = [];
    for await (const { key } of made.parts.store.list('t/i/')) keys.push(key);
    await made.parts.store.deleteMany(keys);
    const view = await made.service.get('t', job.id);
    expect(view.job).toMatchObject({ id: job.id, state: 'succeeded' });
    expect(view.job).not.toHaveProperty('result');
  });

  it('a job that is forgotten leaves nothing in the object store', async () => {
    const made = await cluster();
    made.kind.behave = (task) => {
      if (task > 0) throw new QuarryError('corrupt', 'x', { code: `c${'x'.repeat(5000)}` });
    };
    await sumOf(
      made,
      Array.from({ length: 30 }, (_, i) => i),
    );
    const keys = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of made.parts.store.list('')) found.push(key);
      return found;
    };
    expect(await keys()).not.toEqual([]);
    await made.parts.clock.sleep(2);
    await new Reconciler(made.parts, { ...RECONCILER_DEFAULTS, retentionMs: 0 }).pass();
    expect(await keys()).toEqual([]);
  });
});

describe('a crash between two writes (JOB-1)', () => {
  const fast = {
    everyMs: 10_000,
    stalledMs: 0,
    stalledTransientMs: 0,
    stalledBehindBacklogMs: 0,
    retentionMs: 3_600_000,
    transientRetentionMs: 3_600_000,
  };

  /** The next call of the method does nothing but fail, as if the process had died before it. */
  const failingOnce = <T extends object>(port: T, method: keyof T): T => {
    let armed = true;
    return new Proxy(port, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (name === method && armed) {
            armed = false;
            return Promise.reject(new QuarryError('unavailable', `${String(method)} failed`));
          }
          return (value as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  };

  it('a job whose first message was lost is set going by the reconciler', async () => {
    const made = await cluster((parts) => ({ broker: failingOnce(parts.broker, 'publish') }));
    const keyed = { ...submission([1, 2]), idempotencyKey: 'k' };
    await expect(made.service.submit(keyed)).rejects.toMatchObject({ kind: 'unavailable' });
    const [job] = await made.parts.jobs.list({ tenant: 't' }, { limit: 1 });
    expect(job!.state).toBe('queued');
    await made.parts.clock.sleep(2);
    await new Reconciler(made.parts, fast).pass();
    expect((await made.service.wait('t', job!.id, 10_000)).job).toMatchObject({
      state: 'succeeded',
      result: { sum: 3 },
    });
  });

  it('a job that was not accepted is not run, unless its client can ask for it again', async () => {
    const made = await cluster((parts) => ({ broker: failingOnce(parts.broker, 'publish') }));
    await expect(made.service.submit(submission([1, 2]))).rejects.toMatchObject({ kind: 'unavailable' });
    const [job] = await made.parts.jobs.list({ tenant: 't' }, { limit: 1 });
    expect(job!.state).toBe('cancelled');
  });

  it.each<[keyof JobStore]>([['recordPlan'], ['recordPartial'], ['transition'], ['getPlan'], ['partials'], ['get']])(
    'a job whose %s failed once ends all the same',
    async (method) => {
      const made = await cluster((parts) => ({ jobs: failingOnce(parts.jobs, method) }));
      const { job } = await made.service.submit(submission([1, 2, 3]));
      for (;;) {
        const record = await made.parts.jobs.get(job.id).catch(() => undefined);
        if (record?.state === 'succeeded') break;
        await made.parts.clock.sleep(5);
        await new Reconciler(made.parts, fast).pass();
      }
      expect((await made.service.get('t', job.id)).job).toMatchObject({ result: { sum: 6 } });
    },
  );

  it('a job that nobody can finish in time expires', async () => {
    const made = await cluster(() => ({}), 0);
    const { job } = await made.service.submit({ ...submission([1]), timeoutMs: 1 });
    await made.parts.clock.sleep(5);
    await new Reconciler(made.parts, fast).pass();
    expect((await made.service.get('t', job.id)).job).toMatchObject({
      state: 'expired',
      error: { code: 'job_expired' },
    });
  });
});
