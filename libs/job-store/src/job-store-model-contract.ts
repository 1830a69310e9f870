import fc from 'fast-check';
import { systemClock, toErrorRecord, type Clock } from '#libs/kernel';
import {
  isTerminal,
  JOB_STATES,
  MAX_TRIES,
  TERMINAL_STATES,
  type JobPlan,
  type JobRecord,
  type JobState,
  type JobStore,
  type Lease,
  type StoredPartial,
} from './job-store.ts';
import { MemoryJobStore } from './memory/memory-job-store.ts';

/** A JobStore from empty, whose time is `clock`'s. */
export interface JobStoreModelSite {
  /** One client; the suite closes it before it asks for the next. */
  connect(clock: Clock): Promise<JobStore>;
  /** Called when all clients are closed. */
  destroy(): Promise<void>;
}

export interface JobStoreModelSubject {
  create(): Promise<JobStoreModelSite>;
  /** Sequences played; default 120. */
  readonly runs?: number;
  /** Calls left out: those whose time is the server's and not `clock`'s. */
  readonly without?: readonly CallName[];
  /** The longest that `clock` passes between two calls; default 13 hours, half of what an idempotency key is kept. */
  readonly maxPauseMs?: number;
}

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
const attempt = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 3 });
const limit = fc.integer({ min: 1, max: 3 });
const about = fc.constantFrom('s', 'r');

type CallName = Exclude<keyof JobStore, 'watch' | 'expect' | 'ping' | 'close'>;

interface Call {
  readonly call: string;
  readonly run: Step;
}

/** Calls of one method with arbitrary arguments; `call` is what a counterexample shows. */
const step = <T>(
  name: CallName,
  args: fc.Arbitrary<T>,
  run: (args: T, ...on: Parameters<Step>) => Promise<unknown>,
): { readonly name: CallName; readonly calls: fc.Arbitrary<Call> } => ({
  name,
  calls: args.map((given) => ({
    call: `${name}(${JSON.stringify(given)})`,
    run: (...on) => run(given, ...on),
  })),
});

const STEPS = [
  step(
    'create',
    fc.record(
      {
        id,
        tenant: fc.constantFrom('t', 'u'),
        kind: fc.constantFrom('search', 'import'),
        spec: json,
        subject: about,
        callback: json,
        announce: fc.constant(true as const),
        transient: fc.constant(true as const),
        idempotency: fc.record({ key: fc.constantFrom('k', 'l'), fingerprint: fc.constantFrom('f', 'g') }),
      },
      { requiredKeys: ['id', 'tenant', 'kind', 'spec'] },
    ),
    (job, store) => store.create({ ...job, index: 'i' }),
  ),
  step(
    'transition',
    fc.record(
      {
        id,
        from: fc.subarray(STATES, { maxLength: 4 }),
        attempt,
        state: fc.constantFrom(...STATES),
        result: json,
        coverage: fc.constantFrom(0, 0.5, 1),
      },
      { requiredKeys: ['id', 'from', 'attempt', 'state'] },
    ),
    ({ id: job, from, attempt: of, ...to }, store) => store.transition(job, from, to, of),
  ),
  step('transition', fc.record({ id, state: fc.constantFrom(...STATES) }), (to, store) =>
    store.transition(
      to.id,
      STATES.filter((state) => !isTerminal(state)),
      { state: to.state },
    ),
  ),
  step(
    'recordWhole',
    fc.record(
      {
        id,
        tenant: fc.constantFrom('t', 'u'),
        kind: fc.constantFrom('search', 'import'),
        spec: json,
        subject: about,
        transient: fc.constant(true as const),
        agoMs: fc.nat(50),
        state: fc.constantFrom(...TERMINAL_STATES),
        result: json,
      },
      { requiredKeys: ['id', 'tenant', 'kind', 'spec', 'agoMs', 'state'] },
    ),
    ({ agoMs, state, result, ...job }, store, clock) => {
      const [createdAt, startedAt] = [clock.now() - agoMs, clock.now() - Math.floor(agoMs / 2)];
      const to = { state, ...(result !== undefined && { result }) };
      return store.recordWhole({ ...job, index: 'i', createdAt, startedAt }, to, 'nobody');
    },
  ),
  step(
    'recordPlan',
    fc.record({ id, shared: json, tasks: fc.array(json, { maxLength: 4 }) }),
    ({ id: job, ...plan }, store) => store.recordPlan(job, plan),
  ),
  step(
    'recordPartial',
    fc.record({ id, task, body: json, failed: fc.boolean(), attempt }),
    ({ id: job, task: of, attempt: during, ...partial }, store) => store.recordPartial(job, of, partial, during),
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
    'postpone',
    fc.record({ id, inMs: fc.integer({ min: -20, max: 100 }), message: fc.constantFrom('a', 'b'), attempt }),
    ({ id: job, inMs, message, attempt: of }, store, clock) =>
      store.postpone(job, clock.now() + inMs, { kind: 'unavailable', code: 'down', message }, of),
  ),
  step('markAnnounced', id, (job, store) => store.markAnnounced(job)),
  step('listUnannounced', fc.record({ agoMs: fc.nat(50), limit }), ({ agoMs, limit: most }, store, clock) =>
    store.listUnannounced(clock.now() - agoMs, most),
  ),
  step(
    'listStalled',
    fc.record({ agoMs: fc.nat(50), limit, transientOnly: fc.boolean() }),
    ({ agoMs, limit: most, transientOnly }, store, clock) =>
      store.listStalled(clock.now() - agoMs, most, transientOnly),
  ),
  step(
    'deleteEnded',
    fc.record({ agoMs: fc.nat(50), limit, transientOnly: fc.boolean() }),
    ({ agoMs, limit: most, transientOnly }, store, clock) =>
      store.deleteEnded(clock.now() - agoMs, most, transientOnly),
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
    fc.record(
      {
        tenant: fc.constantFrom('t', 'u'),
        subject: about,
        kind: fc.constant('search'),
        index: fc.constantFrom('i', 'j'),
        state: fc.constantFrom(...STATES),
        after: id,
      },
      { requiredKeys: [] },
    ),
    ({ after, ...filter }, store) => store.list(filter, { limit: 2, ...(after && { after }) }),
  ),
];

const JOBS = ['01A', '01B', '01C'];

interface Seen {
  readonly jobs: readonly (JobRecord | undefined)[];
  readonly plans: readonly (JobPlan | undefined)[];
  readonly recorded: readonly (readonly number[])[];
  readonly partials: readonly (readonly [number, StoredPartial])[][];
  /** Ids of the jobs whose end is owed. */
  readonly owed: readonly string[];
  readonly hint: number | undefined;
}

async function everything(store: JobStore, clock: Clock): Promise<Seen> {
  const [jobs, plans, recorded, partials, owed, hint] = await Promise.all([
    Promise.all(JOBS.map((job) => store.get(job))),
    Promise.all(JOBS.map((job) => store.getPlan(job))),
    Promise.all(JOBS.map((job) => store.recordedTasks(job))),
    Promise.all(JOBS.map(async (job) => [...(await store.partials(job))])),
    store.listUnannounced(clock.now() + 1, 10),
    store.getHint('h'),
  ]);
  return { jobs, plans, recorded, partials, owed: owed.map((job) => job.id), hint };
}

/** Plays random calls on the store and on a MemoryJobStore, and compares. To be called at the top level of a spec. */
export function describeJobStoreModel(name: string, subject: JobStoreModelSubject): void {
  const calls = STEPS.filter((each) => !subject.without?.includes(each.name)).map((each) => each.calls);
  const pauses = [0, 0, 1, 30, 13 * 3_600_000].map((ms) => Math.min(ms, subject.maxPauseMs ?? ms));
  const anySequence = fc.array(fc.tuple(fc.oneof(...calls), fc.constantFrom(...pauses)), {
    minLength: 1,
    maxLength: 40,
  });

  it(`${name}: any sequence of calls has the outcomes it has in memory, and keeps the invariants`, async () => {
    await fc.assert(
      fc.asyncProperty(anySequence, async (sequence) => {
        let now = 1_700_000_000_000;
        const clock: Clock = { ...systemClock, now: () => now };
        const model = new MemoryJobStore({ clock });
        const site = await subject.create();
        let store = await site.connect(clock);
        const leasesOf = [new Map<string, Lease>(), new Map<string, Lease>()] as const;
        try {
          for (const [{ call, run }, passMs] of sequence) {
            now += passMs;
            const before = await everything(model, clock);
            const expected = await run(model, clock, leasesOf[0]).catch(toErrorRecord);
            expect(await run(store, clock, leasesOf[1]).catch(toErrorRecord)).toEqual(expected);
            const after = await everything(model, clock);
            expect(await everything(store, clock)).toEqual(after);
            expect(broken(before, after, call)).toEqual([]);
          }
          await store.close();
          store = await site.connect(clock);
          expect(await everything(store, clock)).toEqual(await everything(model, clock));
        } finally {
          await store.close();
          await site.destroy();
        }
      }),
      { numRuns: subject.runs ?? 120 },
    );
  });
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The invariants that the call has broken. */
function broken(before: Seen, after: Seen, call: string): string[] {
  const broke: string[] = [];
  for (const [i, name] of JOBS.entries()) {
    const [was, is] = [before.jobs[i], after.jobs[i]];
    if (was && is && isTerminal(was.state) && !call.startsWith('reopen') && !same(was, is)) broke.push('JOB-3');
    if (was && !is && before.owed.includes(name)) broke.push('what is owed is kept');
    if (!is) continue;
    const partials = new Map(after.partials[i]);
    const failed = [...partials.values()].filter((partial) => partial.failed).length;
    const endedWhole = is.progress.done === 1 && !after.plans[i];
    const counts = endedWhole ? partials.size === 0 : is.progress.done === partials.size;
    if (!counts || is.progress.failed !== failed) broke.push('progress counts partials');
    if ([...partials.keys()].some((of) => of < 0 || of >= is.progress.total)) broke.push('partials belong to the plan');
    // Unless the job was reopened or made anew, what was recorded stays as it is.
    const kept = before.partials[i]!.every(([of, partial]) => same(partials.get(of), partial));
    if (!same(after.recorded[i], [...partials.keys()])) broke.push('recorded is what has a partial');
    if (was?.attempt === is.attempt && !kept) broke.push('JOB-2');
    if (is.dueAt !== undefined && (isTerminal(is.state) || is.touchedAt < is.dueAt)) broke.push('who sleeps is left');
    if ((is.tries?.length ?? 0) > MAX_TRIES) broke.push('tries are bounded');
    if (after.owed.includes(name) && !(is.announce && isTerminal(is.state))) broke.push('only ends are owed');
    const endsNow = isTerminal(is.state) && !(was && isTerminal(was.state));
    if (endsNow && is.announce && !after.owed.includes(name)) broke.push('an end is owed at once');
  }
  return broke;
}
