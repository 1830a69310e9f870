import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { systemClock, systemRandom, toErrorRecord, type Clock } from '#libs/kernel';
import {
  EmbeddedJobStore,
  isTerminal,
  JOB_STATES,
  MemoryJobStore,
  type JobState,
  type JobStore,
  type Lease,
} from './index.ts';

const STATES: JobState[] = [...JOB_STATES];

type Step = (store: JobStore, clock: Clock, leases: Map<string, Lease>) => Promise<unknown>;

const id = fc.constantFrom('01A', '01B', '01C');
const task = fc.integer({ min: -1, max: 4 });
const json = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.string(),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.record({ a: fc.boolean() }),
);
const owner = fc.constantFrom('x', 'y');
const bytes = fc.nat(1000);

/** A call with arbitrary arguments; its name is what a counterexample shows. */
const step = <T>(name: string, args: fc.Arbitrary<T>, run: (args: T, ...on: Parameters<Step>) => Promise<unknown>) =>
  args.map((given): { call: string; run: Step } => ({
    call: `${name}(${JSON.stringify(given)})`,
    run: (...on) => run(given, ...on),
  }));

const anyStep = fc.oneof(
  step(
    'create',
    fc.record({
      id,
      tenant: fc.constantFrom('t', 'u'),
      kind: fc.constantFrom('search', 'import'),
      spec: json,
      idempotency: fc.option(fc.record({ key: fc.constantFrom('k', 'l'), fingerprint: fc.constantFrom('f', 'g') }), {
        nil: undefined,
      }),
    }),
    (job, store) => store.create({ ...job, index: 'i' }),
  ),
  step(
    'transition',
    fc.record({
      id,
      from: fc.subarray(STATES, { maxLength: 4 }),
      state: fc.constantFrom(...STATES),
      result: fc.option(json, { nil: undefined }),
      coverage: fc.option(fc.constantFrom(0, 0.5, 1), { nil: undefined }),
    }),
    ({ id: job, from, ...to }, store) => store.transition(job, from, to),
  ),
  step('transition', fc.record({ id, state: fc.constantFrom(...STATES) }), (to, store) =>
    store.transition(
      to.id,
      STATES.filter((state) => !isTerminal(state)),
      { state: to.state },
    ),
  ),
  step(
    'recordPlan',
    fc.record({ id, shared: json, tasks: fc.array(json, { maxLength: 4 }) }),
    ({ id: job, ...plan }, store) => store.recordPlan(job, plan),
  ),
  step(
    'recordPartial',
    fc.record({ id, task, body: json, failed: fc.boolean() }),
    ({ id: job, task: of, ...partial }, store) => store.recordPartial(job, of, partial),
  ),
  step('reopen', fc.record({ id, tasks: fc.array(task, { maxLength: 5 }) }), ({ id: job, tasks }, store) =>
    store.reopen(job, tasks),
  ),
  step(
    'reportProgress',
    fc.record({ id, task: fc.nat(3), doneBytes: bytes, totalBytes: bytes, documents: bytes }),
    (given, store) => {
      const { id: job, task: of, ...progress } = given;
      return store.reportProgress(job, of, progress);
    },
  ),
  step('touch', id, (job, store) => store.touch(job)),
  step(
    'listStalled',
    fc.record({ agoMs: fc.nat(50), limit: fc.integer({ min: 1, max: 3 }) }),
    ({ agoMs, limit }, store, clock) => store.listStalled(clock.now() - agoMs, limit),
  ),
  step(
    'deleteEnded',
    fc.record({ agoMs: fc.nat(50), limit: fc.integer({ min: 1, max: 3 }), transientOnly: fc.boolean() }),
    ({ agoMs, limit, transientOnly }, store, clock) => store.deleteEnded(clock.now() - agoMs, limit, transientOnly),
  ),
  step(
    'acquireLease',
    fc.record({ owner, ttlMs: fc.integer({ min: 1, max: 60 }) }),
    async ({ owner: by, ttlMs }, store, _, leases) => {
      const lease = await store.acquireLease('l', by, ttlMs);
      if (lease) leases.set(by, lease);
      return lease;
    },
  ),
  step('releaseLease', owner, async (by, store, _, leases) => {
    const lease = leases.get(by);
    if (lease) await store.releaseLease(lease);
  }),
  step('putHint', fc.double({ noNaN: true, noDefaultInfinity: true }), (value, store) => store.putHint('h', value)),
  step(
    'list',
    fc.record({
      state: fc.option(fc.constantFrom(...STATES), { nil: undefined }),
      after: fc.option(id, { nil: undefined }),
    }),
    (given, store) => {
      const { state, after } = given;
      return store.list({ tenant: 't', ...(state && { state }) }, { limit: 2, ...(after && { after }) });
    },
  ),
);

async function everything(store: JobStore): Promise<unknown[]> {
  const jobs = ['01A', '01B', '01C'];
  return Promise.all([
    ...jobs.map((job) => store.get(job)),
    ...jobs.map((job) => store.getPlan(job)),
    ...jobs.map(async (job) => [...(await store.partials(job))]),
    store.getHint('h'),
  ]);
}

describe('any sequence of calls', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'quarry-model-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has the same outcomes in memory and on disk, and keeps the invariants', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(anyStep, fc.constantFrom(0, 0, 1, 30, 13 * 3_600_000)), { minLength: 1, maxLength: 40 }),
        async (steps) => {
          let now = 1_700_000_000_000;
          const clock: Clock = { ...systemClock, now: () => now };
          const memory = new MemoryJobStore({ clock });
          const path = join(folder, `${run++}.db`);
          let disk = await EmbeddedJobStore.open({ path, clock, random: systemRandom });
          const leasesOf = [new Map<string, Lease>(), new Map<string, Lease>()] as const;
          try {
            for (const [{ call, run: perform }, passMs] of steps) {
              now += passMs;
              const before = await everything(memory);
              const expected = await perform(memory, clock, leasesOf[0]).catch(toErrorRecord);
              const actual = await perform(disk, clock, leasesOf[1]).catch(toErrorRecord);
              expect(actual).toEqual(expected);
              expect(await everything(disk)).toEqual(await everything(memory));
              expect(broken(before, await everything(memory), call)).toEqual([]);
            }
            await disk.close();
            disk = await EmbeddedJobStore.open({ path, clock, random: systemRandom });
            expect(await everything(disk)).toEqual(await everything(memory));
          } finally {
            await disk.close();
          }
        },
      ),
      { numRuns: 120 },
    );
  }, 60_000);
});

type Job = { state: JobState; attempt: number; progress: { total: number; done: number; failed: number } } | undefined;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The invariants that the call has broken. */
function broken(before: unknown[], after: unknown[], call: string): string[] {
  const broke: string[] = [];
  for (let i = 0; i < 3; i++) {
    const [was, is] = [before[i] as Job, after[i] as Job];
    if (was && is && isTerminal(was.state) && !call.startsWith('reopen') && !same(was, is)) broke.push('JOB-3');
    if (!is) continue;
    const partials = new Map(after[6 + i] as [number, { failed: boolean }][]);
    const failed = [...partials.values()].filter((partial) => partial.failed).length;
    if (is.progress.done !== partials.size || is.progress.failed !== failed) broke.push('progress counts partials');
    if ([...partials.keys()].some((of) => of < 0 || of >= is.progress.total)) broke.push('partials belong to the plan');
    // Unless the job was reopened or made anew, what was recorded stays as it is.
    const earlier = before[6 + i] as [number, unknown][];
    const kept = earlier.every(([of, partial]) => same(partials.get(of), partial));
    if (was?.attempt === is.attempt && !kept) broke.push('JOB-2');
  }
  return broke;
}
