import { z } from 'zod';
import { QuarryError, createIds, seededRandom, systemClock, type ErrorRecord } from '#libs/kernel';
import { MemoryBroker } from '#libs/broker';
import { MemoryJobStore } from '#libs/job-store';
import { MemoryObjectStore } from '#libs/object-store';
import { silentLogger } from '#libs/telemetry';
import { OwnTime } from '#libs/testing';
import type { JobContext, JobKind, JobOutcome, TaskContext, TaskRoute } from '../job-kind.ts';
import { ClaimCheck } from './claim-check.ts';
import { drainingHint, pausedHint } from './fleet.ts';
import { noJobEvents, type JobEvents, type JobParts } from './job-parts.ts';
import { KindRegistry } from './kind-registry.ts';
import { addressOf, encodeMessage } from './messages.ts';
import { Reconciler, RECONCILER_DEFAULTS } from './reconciler.ts';
import { RuntimeJobService } from './runtime-job-service.ts';
import { WorkerHost } from './worker-host.ts';

interface Spec {
  readonly keys: string[];
}
interface Found {
  /** Key of each task → the worker that answered. */
  readonly ranOn: Record<string, string>;
  readonly failed: string[];
}
type Task = TaskRoute & { readonly key: string };

/** What the workers of one test have in common: who ran what, and how they behave. */
class Scene {
  readonly runs: { worker: string; key: string }[] = [];
  behave: (worker: string, key: string, context: TaskContext) => Promise<void> | void = () => {};
  route: (workers: readonly string[], key: string) => string | undefined = () => undefined;
}

/** A kind whose tasks have a home. One instance a worker, so that it knows where it runs. */
class HomingKind implements JobKind<Spec, null, Task, Found, Found> {
  readonly name = 'homing';
  readonly role = 'search';
  readonly transient = true;
  readonly spec = z.object({ keys: z.array(z.string()) });
  worker = 'nobody';

  constructor(private readonly scene: Scene) {}

  async plan({ keys }: Spec, { workers }: JobContext): Promise<{ shared: null; tasks: Task[] }> {
    const tasks = keys.map((key): Task => {
      const worker = this.scene.route(workers, key);
      return { key, ...(worker !== undefined && { worker }) };
    });
    return { shared: null, tasks };
  }
  async run({ key }: Task, _shared: null, _spec: Spec, context: TaskContext): Promise<Found> {
    this.scene.runs.push({ worker: this.worker, key });
    await this.scene.behave(this.worker, key, context);
    return { ranOn: { [key]: this.worker }, failed: [] };
  }
  routeOf(task: Task): TaskRoute {
    return task;
  }
  failed({ key }: Task, _shared: null, error: ErrorRecord): Found {
    return { ranOn: {}, failed: [`${key}: ${error.code}`] };
  }
  empty(): Found {
    return { ranOn: {}, failed: [] };
  }
  merge(a: Found, b: Found): Found {
    return { ranOn: { ...a.ranOn, ...b.ranOn }, failed: [...a.failed, ...b.failed] };
  }
  async finish(result: Found): Promise<JobOutcome<Found>> {
    return { result, coverage: 1 };
  }
}

interface Counts {
  direct: number;
  shared: number;
  hedged: number;
  hedgesWon: number;
}

class Town {
  readonly scene = new Scene();
  readonly counts: Counts = { direct: 0, shared: 0, hedged: 0, hedgesWon: 0 };
  readonly broker = new MemoryBroker({ clock: systemClock });
  readonly jobs = new MemoryJobStore({ clock: systemClock });
  readonly hosts: WorkerHost[] = [];
  private readonly store = new MemoryObjectStore({ clock: systemClock });
  private seed = 1;
  readonly service = new RuntimeJobService(this.parts(new HomingKind(this.scene)));

  parts(kind: HomingKind): JobParts {
    const random = seededRandom(this.seed++);
    const events: JobEvents = {
      ...noJobEvents,
      dispatched: (_kind, way, tasks) => (this.counts[way] += tasks),
      hedged: () => this.counts.hedged++,
      hedgeWon: () => this.counts.hedgesWon++,
    };
    return {
      kinds: new KindRegistry([kind]),
      broker: this.broker,
      jobs: this.jobs,
      store: this.store,
      claims: new ClaimCheck(this.store),
      clock: systemClock,
      random,
      ids: createIds(systemClock, random),
      logger: silentLogger,
      events,
      namespace: 'test',
    };
  }

  /** All are known to each other when it resolves. */
  async settle(workers: number): Promise<void> {
    for (let i = 0; i < workers; i++) {
      const kind = new HomingKind(this.scene);
      const host = new WorkerHost(this.parts(kind), {
        roles: ['search'],
        concurrency: { search: 16 },
        fleet: {
          membership: this.jobs,
          hedge: true,
          self: { host: 'here', pid: 1, version: '0' },
          cache: () => ({ bytes: 0, maxBytes: 0, hits: 0, misses: 0 }),
        },
      });
      kind.worker = host.id;
      this.hosts.push(host);
      await host.start();
    }
    await this.beat();
  }

  async beat(): Promise<void> {
    for (const host of this.hosts) await host.beat();
  }

  async search(keys: string[]): Promise<{ id: string; result: Found }> {
    const { job } = await this.service.submit({ kind: 'homing', tenant: 't', index: 'i', spec: { keys } });
    const view = await this.service.wait('t', job.id, 10_000);
    expect(view.job.state).toBe('succeeded');
    return { id: job.id, result: view.job.result as Found };
  }

  async close(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.close(1000)));
    await this.broker.close();
    await this.jobs.close();
  }
}

let town: Town;
beforeEach(() => {
  town = new Town();
});
afterEach(() => town.close());

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

it('runs each task on the worker that the plan had in mind, one message a worker', async () => {
  await town.settle(3);
  town.scene.route = (workers, key) => workers[KEYS.indexOf(key) % workers.length];
  const sends: number[] = [];
  const send = town.broker.send.bind(town.broker);
  town.broker.send = (address, bodies) => {
    sends.push(bodies.length);
    return send(address, bodies);
  };
  const { result } = await town.search(KEYS);
  const workers = town.hosts.map(({ id }) => id).toSorted();
  expect(result.ranOn).toEqual(Object.fromEntries(KEYS.map((key, i) => [key, workers[i % 3]])));
  expect(town.counts).toMatchObject({ shared: 0, hedged: 0 });
  // To the two others; its own it keeps.
  expect(sends).toEqual([1, 1]);
});

it('sends a task always to the same worker when the plan had none in mind', async () => {
  await town.settle(3);
  const { result } = await town.search(KEYS);
  for (let again = 0; again < 3; again++) expect((await town.search(KEYS)).result.ranOn).toEqual(result.ranOn);
  const homes = new Set(Object.values(result.ranOn));
  // Workers' names are drawn anew each time: six tasks have one home once in 243 runs, eighteen never.
  for (const more of ['x', 'y']) {
    const others = await town.search(KEYS.map((key) => key + more));
    for (const home of Object.values(others.result.ranOn)) homes.add(home);
  }
  expect(homes.size).toBeGreaterThan(1);
});

it('sends a single task home too', async () => {
  await town.settle(3);
  const homes = new Set<string>();
  for (let again = 0; again < 6; again++) homes.add((await town.search(['only'])).result.ranOn['only']!);
  expect(homes.size).toBe(1);
});

describe('a search of one task, run where it is planned', () => {
  it('leaves nothing but its end', async () => {
    await town.settle(1);
    const { id, result } = await town.search(['x']);
    expect(result.ranOn).toEqual({ x: town.hosts[0]!.id });
    expect((await town.jobs.get(id))!.progress).toEqual({ total: 1, done: 1, failed: 0 });
    expect(await town.jobs.getPlan(id)).toBeUndefined();
  });

  it('is given to a second worker when it takes long', async () => {
    await town.settle(2);
    const held = Promise.withResolvers<void>();
    let first: string | undefined;
    town.scene.behave = (worker) => {
      first ??= worker;
      return worker === first ? held.promise : undefined;
    };
    const { id, result } = await town.search(['x']);
    expect(result.ranOn['x']).not.toBe(first);
    expect(town.counts.hedgesWon).toBe(1);
    held.resolve();
    expect((await town.jobs.get(id))!.progress).toEqual({ total: 1, done: 1, failed: 0 });
  });

  it('gives way to a plan that somebody else has recorded meanwhile', async () => {
    await town.settle(1);
    town.scene.behave = async (_worker, key, { jobId }) => {
      if (key === 'x') await town.jobs.recordPlan(jobId, { shared: null, tasks: [{ key: 'other' }] });
    };
    expect(Object.keys((await town.search(['x'])).result.ranOn)).toEqual(['other']);
  });

  it('keeps its plan when its task has failed, so that it can be run again', async () => {
    await town.settle(1);
    town.scene.behave = () => {
      throw new QuarryError('corrupt', 'bad bytes');
    };
    const { id, result } = await town.search(['x']);
    expect(result.failed).toEqual(['x: corrupt']);
    expect((await town.jobs.getPlan(id))?.tasks).toHaveLength(1);
    expect((await town.jobs.get(id))!.progress).toEqual({ total: 1, done: 1, failed: 1 });
  });
});

it('gives the tasks of a worker that has just gone to the others', async () => {
  await town.settle(2);
  const [gone, left] = town.hosts;
  await gone!.close(0);
  // It is still thought to be there.
  await town.jobs.announce(await memberLike(gone!.id), 60_000);
  await left!.beat();
  town.scene.route = () => gone!.id;
  const { result } = await town.search(KEYS);
  expect(new Set(Object.values(result.ranOn))).toEqual(new Set([left!.id]));
  expect(town.counts.shared).toBe(KEYS.length);
});

it('gives what one worker does not answer to a second, and the first answer wins', async () => {
  await town.settle(3);
  const slow = town.hosts[0]!.id;
  const held = Promise.withResolvers<void>();
  town.scene.route = () => slow;
  town.scene.behave = (worker) => (worker === slow ? held.promise : undefined);
  const { result } = await town.search(['x', 'y']);
  expect(Object.values(result.ranOn)).not.toContain(slow);
  expect(town.counts).toMatchObject({ hedged: 2, hedgesWon: 2 });
  held.resolve();
});

it('aborts on another machine what is cancelled', async () => {
  await town.settle(2);
  const began = Promise.withResolvers<TaskContext>();
  town.scene.behave = (_worker, _key, context) => {
    began.resolve(context);
    return new Promise<void>((_, reject) => {
      context.signal.addEventListener('abort', () => reject(new QuarryError('cancelled', 'aborted')), { once: true });
    });
  };
  const { job } = await town.service.submit({ kind: 'homing', tenant: 't', index: 'i', spec: { keys: ['x', 'y'] } });
  const context = await began.promise;
  const aborted = new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
  const time = OwnTime.start();
  await town.service.cancel('t', job.id);
  await aborted;
  expect(time.stop()).toBeLessThan(1000);
});

it('takes nothing from a paused mailbox until it is resumed', async () => {
  await town.settle(1);
  await town.jobs.putHint(pausedHint('test.search'), 1);
  await town.beat();
  const { job } = await town.service.submit({ kind: 'homing', tenant: 't', index: 'i', spec: { keys: ['x'] } });
  expect((await town.broker.mailboxes())[0]).toMatchObject({ mailbox: 'test.search', ready: 1, inFlight: 0 });
  await town.jobs.putHint(pausedHint('test.search'), 0);
  await town.beat();
  expect((await town.service.wait('t', job.id, 60_000)).job.state).toBe('succeeded');
});

it('sends nothing to a worker that is drained', async () => {
  await town.settle(2);
  const [drained, other] = town.hosts;
  await town.jobs.putHint(drainingHint(drained!.id), 1);
  await town.beat();
  await town.beat();
  expect((await town.jobs.members()).filter(({ draining }) => draining).map(({ id }) => id)).toEqual([drained!.id]);
  const { result } = await town.search(KEYS);
  expect(new Set(Object.values(result.ranOn))).toEqual(new Set([other!.id]));
});

it('hands what it was sent directly to the others when it is closed', async () => {
  await town.settle(2);
  const [closing, other] = town.hosts;
  town.scene.route = () => closing!.id;
  const began = Promise.withResolvers<void>();
  town.scene.behave = (worker, _key, { signal }) => {
    if (worker !== closing!.id) return undefined;
    began.resolve();
    return new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => reject(new QuarryError('cancelled', 'aborted')), { once: true });
    });
  };
  const { job } = await town.service.submit({ kind: 'homing', tenant: 't', index: 'i', spec: { keys: KEYS } });
  await began.promise;
  await closing!.close(0);
  const view = await town.service.wait('t', job.id, 10_000);
  expect(new Set(Object.values((view.job.result as Found).ranOn))).toEqual(new Set([other!.id]));
});

it('does not wait for a broker that is away once for each task that it hands on', async () => {
  await town.settle(2);
  const [closing] = town.hosts;
  town.scene.route = () => closing!.id;
  const began = Promise.withResolvers<void>();
  town.scene.behave = (_worker, _key, { signal }) => {
    began.resolve();
    return new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => reject(new QuarryError('cancelled', 'aborted')), { once: true });
    });
  };
  const keys = Array.from({ length: 60 }, (_, i) => `key ${i}`);
  await town.service.submit({ kind: 'homing', tenant: 't', index: 'i', spec: { keys } });
  await began.promise;
  let publishes = 0;
  const { broker } = town;
  broker.publish = () => {
    publishes++;
    return Promise.reject(new QuarryError('unavailable', 'the broker is away'));
  };
  await closing!.close(0);
  // Of what waited, of what ran, and of each mailbox's own.
  expect(publishes).toBeLessThan(5);
});

it('is not upset by what cannot be read at its address', async () => {
  await town.settle(1);
  const address = addressOf('test', town.hosts[0]!.id);
  const foreign = encodeMessage({ v: 2, type: 'task', job: 'none', kind: 'other', tasks: [0] });
  expect(await town.broker.send(address, ['not json', '{"v":9}', foreign])).toBe(true);
  expect((await town.search(['x'])).result.failed).toEqual([]);
});

it('leaves a job that stands still to the reconciler', async () => {
  await town.settle(2);
  const [first, second] = town.hosts;
  // Sent into the void: the watchdog that would notice dies too.
  town.broker.send = () => Promise.resolve(true);
  const { job } = await town.service.submit({ kind: 'homing', tenant: 't', index: 'i', spec: { keys: KEYS } });
  for (;;) {
    if ((await town.jobs.get(job.id))?.state === 'running') break;
    await systemClock.sleep(1);
  }
  await Promise.all([first!.close(0), second!.close(0)]);
  town.hosts.length = 0;
  Reflect.deleteProperty(town.broker, 'send');
  await town.settle(1);
  await systemClock.sleep(2);
  const parts = town.parts(new HomingKind(town.scene));
  await new Reconciler(parts, { ...RECONCILER_DEFAULTS, stalledTransientMs: 0, stalledMs: 0 }).pass();
  expect((await town.service.wait('t', job.id, 60_000)).job.state).toBe('succeeded');
});

const memberLike = async (id: string) => ({
  id,
  kind: 'worker' as const,
  host: 'here',
  pid: 1,
  version: '0',
  startedAt: 0,
  roles: ['search'],
  draining: false,
  load: { running: 0, waiting: 0, concurrency: 4 },
  cache: { bytes: 0, maxBytes: 0, hits: 0, misses: 0 },
});
