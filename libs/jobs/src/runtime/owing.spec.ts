import { z } from 'zod';
import { QuarryError, createIds, seededRandom, systemClock } from '#libs/kernel';
import { MemoryBroker } from '#libs/broker';
import { MemoryJobStore, type JobRecord } from '#libs/job-store';
import { MemoryObjectStore } from '#libs/object-store';
import { silentLogger } from '#libs/telemetry';
import type { JobKind, JobOutcome, TaskContext } from '../job-kind.ts';
import { ClaimCheck } from './claim-check.ts';
import { noJobEvents, type JobAnnouncer, type JobParts } from './job-parts.ts';
import { KindRegistry } from './kind-registry.ts';
import { Reconciler, RECONCILER_DEFAULTS } from './reconciler.ts';
import { RuntimeJobService } from './runtime-job-service.ts';
import { WorkerHost } from './worker-host.ts';

/** What postponing and announcing need: a kind with a schedule of its own, and a hand that fails as told. */
class PatientKind implements JobKind<{ parts: number }, null, number, number, number> {
  readonly name = 'patient';
  readonly role = 'maintenance';
  readonly mailbox = 'webhook';
  readonly spec = z.object({ parts: z.number() });
  readonly tries: number[] = [];
  act: (task: number, context: TaskContext) => Promise<void> | void = () => {};

  async plan({ parts }: { parts: number }): Promise<{ shared: null; tasks: number[] }> {
    return { shared: null, tasks: Array.from({ length: parts }, (_, task) => task) };
  }
  async run(task: number, _shared: null, _spec: unknown, context: TaskContext): Promise<number> {
    this.tries.push(context.tries);
    await this.act(task, context);
    return 1;
  }
  retryAfterMs(error: unknown, tries: number): number | undefined {
    return (error as QuarryError).code === 'hopeless' || tries >= 3 ? undefined : tries * 5;
  }
  failed(): number {
    return 0;
  }
  empty(): number {
    return 0;
  }
  merge(a: number, b: number): number {
    return a + b;
  }
  async finish(sum: number): Promise<JobOutcome<number>> {
    return { result: sum, coverage: 1 };
  }
}

class Teller implements JobAnnouncer {
  readonly told: string[] = [];
  failures = 0;
  async owes({ callback }: { callback?: unknown }): Promise<boolean> {
    return callback !== undefined;
  }
  async ended({ id, state }: JobRecord): Promise<void> {
    if (this.failures-- > 0) throw new QuarryError('unavailable', 'cannot tell');
    this.told.push(`${id} ${state}`);
  }
  async partial({ id }: JobRecord, reached: { coverage: number; hits: number }): Promise<void> {
    this.told.push(`${id} ${JSON.stringify(reached)}`);
  }
  wantsPartials(): boolean {
    return true;
  }
}

const kind = new PatientKind();
let parts: JobParts;
let teller: Teller;
let host: WorkerHost;
let service: RuntimeJobService;

beforeEach(async () => {
  const clock = systemClock;
  const random = seededRandom(1);
  const store = new MemoryObjectStore({ clock });
  teller = new Teller();
  kind.tries.length = 0;
  kind.act = () => {};
  parts = {
    kinds: new KindRegistry([kind]),
    broker: new MemoryBroker({ clock }),
    jobs: new MemoryJobStore({ clock }),
    store,
    claims: new ClaimCheck(store),
    clock,
    random,
    ids: createIds(clock, random),
    logger: silentLogger,
    events: noJobEvents,
    announcer: teller,
    namespace: 'test',
  };
  host = new WorkerHost(parts, { roles: ['maintenance'], concurrency: { maintenance: 1, webhook: 1 } });
  await host.start();
  service = new RuntimeJobService(parts);
});
afterEach(async () => {
  await host.close(1000);
  await parts.broker.close();
  await parts.jobs.close();
});

async function run(partsOfJob = 1, callback?: unknown): Promise<JobRecord> {
  const { job } = await service.submit({
    kind: 'patient',
    tenant: 't',
    index: 'i',
    spec: { parts: partsOfJob },
    ...(callback !== undefined && { callback }),
  });
  return (await service.wait('t', job.id, 10_000)).job;
}

/** Until it no longer throws. */
async function eventually(check: () => void | Promise<void>): Promise<void> {
  const until = systemClock.monotonic() + 30_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (systemClock.monotonic() > until) throw error;
    }
    await systemClock.sleep(2);
  }
}

describe('a kind with a schedule of its own', () => {
  const failing =
    (times: number, code = 'refused') =>
    () => {
      if (kind.tries.length <= times) throw new QuarryError('invalid', `try ${kind.tries.length}`, { code });
    };

  it('is tried again on it, whatever the error, and remembers how it failed', async () => {
    kind.act = failing(2);
    const job = await run();
    expect(job).toMatchObject({ state: 'succeeded', result: 1 });
    expect(kind.tries).toEqual([0, 1, 2]);
    expect(job.tries?.map(({ error }) => error.message)).toEqual(['try 1', 'try 2']);
    const waits = job.tries!.map(({ at }, i) => (job.tries![i + 1]?.at ?? job.finishedAt!) - at);
    // Wall clock and timers tick apart by a millisecond.
    expect(waits[0]).toBeGreaterThanOrEqual(4);
    expect(waits[1]).toBeGreaterThanOrEqual(9);
  });

  it('is given up when the schedule is over, and its message lies with the dead letters', async () => {
    kind.act = failing(Infinity);
    const job = await run();
    expect(job).toMatchObject({ state: 'failed', error: { code: 'refused', message: 'try 3' } });
    expect(kind.tries).toEqual([0, 1, 2]);
    await eventually(async () => {
      const letters = await parts.broker.deadLetters('test.webhook', { limit: 9 });
      expect(letters.map(({ reason }) => reason)).toEqual(['try 3']);
    });
  });

  it('is given up at once when there is no hope', async () => {
    kind.act = failing(Infinity, 'hopeless');
    expect(await run()).toMatchObject({ state: 'failed', error: { code: 'hopeless' } });
    expect(kind.tries).toEqual([0]);
  });

  it('is woken by the reconciler when its message was lost, and not before it is due', async () => {
    kind.act = failing(1);
    const publish = parts.broker.publish.bind(parts.broker);
    parts.broker.publish = (mailbox, messages) => {
      // The delayed message vanishes.
      return publish(
        mailbox,
        messages.filter(({ delayMs = 0 }) => delayMs === 0),
      );
    };
    const { job } = await service.submit({ kind: 'patient', tenant: 't', index: 'i', spec: { parts: 1 } });
    await eventually(async () => expect((await parts.jobs.get(job.id))?.tries).toHaveLength(1));
    const { dueAt } = (await parts.jobs.get(job.id))!;
    const reconciler = new Reconciler(parts, { ...RECONCILER_DEFAULTS, stalledMs: 0, stalledTransientMs: 0 });
    await eventually(async () => {
      await reconciler.pass();
      expect((await parts.jobs.get(job.id))?.state).toBe('succeeded');
    });
    expect((await parts.jobs.get(job.id))!.finishedAt).toBeGreaterThanOrEqual(dueAt!);
  });
});

describe('announcing', () => {
  it('tells the end of what somebody asked to be told of, and of nothing else', async () => {
    const { id } = await run(1, { url: 'x' });
    await run();
    await eventually(() => expect(teller.told).toEqual([`${id} succeeded`]));
    expect(await parts.jobs.listUnannounced(Infinity, 9)).toEqual([]);
  });

  it('tells partials on the way', async () => {
    const { id } = await run(2, { url: 'x' });
    await eventually(() => expect(teller.told.at(-1)).toBe(`${id} succeeded`));
    expect(teller.told.slice(0, -1)).toEqual([`${id} {"coverage":0.5,"hits":0}`]);
  });

  it('is made up for by the reconciler when it failed', async () => {
    teller.failures = 1;
    const { id } = await run(1, { url: 'x' });
    expect(teller.told).toEqual([]);
    const later = { ...parts.clock, now: () => systemClock.now() + 60_000 };
    await new Reconciler({ ...parts, clock: later }).pass();
    expect(teller.told).toEqual([`${id} succeeded`]);
    await new Reconciler({ ...parts, clock: { ...later, now: () => systemClock.now() + 120_000 } }).pass();
    expect(teller.told).toHaveLength(1);
  });

  it('is held up for nobody by one that cannot be told of', async () => {
    const poisoned = await run(1, { url: 'x' }).then(({ id }) => id);
    teller.told.length = 0;
    await parts.jobs.reopen(poisoned, [0]);
    await parts.jobs.transition(poisoned, ['running'], { state: 'failed' });
    teller.failures = 1;
    const { id } = await run(1, { url: 'x' });
    const tell = teller.ended.bind(teller);
    teller.ended = (job) => (job.id === poisoned ? Promise.reject(new QuarryError('corrupt', 'no')) : tell(job));
    const later = { ...parts.clock, now: () => systemClock.now() + 60_000 };
    await new Reconciler({ ...parts, clock: later }).pass();
    expect(teller.told).toEqual([`${id} succeeded`]);
  });

  it('tells also of a cancel', async () => {
    kind.act = (_task, { signal }) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => reject(new QuarryError('cancelled', 'aborted')), { once: true });
      });
    const submission = { kind: 'patient', tenant: 't', index: 'i', spec: { parts: 1 }, callback: { url: 'x' } };
    const { job } = await service.submit(submission);
    await service.cancel('t', job.id);
    expect(teller.told).toEqual([`${job.id} cancelled`]);
  });
});
