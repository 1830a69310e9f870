import fc from 'fast-check';
import { createIds, seededRandom, unavailable, type Clock } from '#libs/kernel';
import { MemoryJobStore, type JobStore } from '#libs/job-store';
import { silentLogger } from '#libs/telemetry';
import { SimulatedClock } from '../kinds/webhook/simulated-clock-fixture.ts';
import { LeasedDuty } from './leased-duty.ts';

const EVERY_MS = 1_000;
const LEASE_MS = 6_000;

interface Step {
  readonly process: number;
  readonly token: number;
  readonly at: number;
}

/** A process with a duty that works in steps of 100 ms; its network and its timers can stop. */
class Contender {
  readonly duty: LeasedDuty;
  private reachable = true;
  private frozen: (() => void)[] | undefined;
  /** Aborts seen by its work. */
  aborts = 0;
  starts = 0;
  failing = false;

  constructor(
    readonly number: number,
    private readonly clock: SimulatedClock,
    jobs: JobStore,
    private readonly steps: Step[],
    stepsOfWork = 15,
  ) {
    const own: Clock = {
      now: clock.now,
      monotonic: clock.monotonic,
      sleep: () => Promise.reject(new Error('a duty does not sleep')),
      after: (ms, action) => clock.after(ms, () => (this.frozen ? this.frozen.push(action) : action())),
    };
    const acquireLease: JobStore['acquireLease'] = (...asked) =>
      this.reachable ? jobs.acquireLease(...asked) : new Promise(() => {});
    this.duty = new LeasedDuty(
      {
        jobs: {
          acquireLease: async (...asked) => {
            if (this.failing) throw unavailable('job_store_unavailable', 'out of reach');
            return acquireLease(...asked);
          },
          releaseLease: (lease) => jobs.releaseLease(lease),
        },
        clock: own,
        ids: createIds(clock, seededRandom(number)),
        logger: silentLogger,
      },
      {
        name: 'sweep',
        everyMs: EVERY_MS,
        leaseMs: LEASE_MS,
        work: async (token, signal) => {
          this.starts++;
          const aborted = (): number => this.aborts++;
          signal.addEventListener('abort', aborted);
          for (let step = 0; step < stepsOfWork && !signal.aborted; step++) {
            this.steps.push({ process: number, token, at: clock.now() });
            await new Promise<void>((resolve) => void own.after(100, resolve));
          }
          signal.removeEventListener('abort', aborted);
        },
      },
    );
  }

  cut(): void {
    this.reachable = false;
  }

  freeze(): void {
    this.frozen ??= [];
  }

  thaw(): void {
    const due = this.frozen ?? [];
    this.frozen = undefined;
    for (const action of due) action();
  }
}

function scene(processes: number): {
  clock: SimulatedClock;
  jobs: MemoryJobStore;
  steps: Step[];
  all: Contender[];
  leaders: () => Contender[];
} {
  const clock = new SimulatedClock(1_700_000_000_000);
  const jobs = new MemoryJobStore({ clock });
  const steps: Step[] = [];
  const all = Array.from({ length: processes }, (_, number) => new Contender(number, clock, jobs, steps));
  return { clock, jobs, steps, all, leaders: () => all.filter(({ duty }) => duty.token !== undefined) };
}

/** Tokens never fall as time goes on, and each is one process's. */
function expectOneAtATime(steps: readonly Step[]): void {
  const owners = new Map<number, number>();
  let last = 0;
  for (const { token, process } of steps) {
    expect(token).toBeGreaterThanOrEqual(last);
    last = token;
    expect(owners.get(token) ?? process).toBe(process);
    owners.set(token, process);
  }
}

describe('a leased duty', () => {
  it('is done by one process, again and again, while the lease is prolonged', async () => {
    const { clock, all, steps, leaders } = scene(3);
    for (const { duty } of all) duty.start();
    await clock.pass(60_000);
    expect(leaders()).toHaveLength(1);
    expect(new Set(steps.map(({ token }) => token)).size).toBe(1);
    // 1.5 s of work, at a beat every second.
    expect(leaders()[0]!.starts).toBeGreaterThanOrEqual(29);
    expect(leaders()[0]!.aborts).toBe(0);
    await Promise.all(all.map(({ duty }) => Promise.all([duty.close(), clock.pass(1_000)])));
  });

  it('moves on when its leader dies, within the lease and a beat', async () => {
    const { clock, all, steps, leaders } = scene(3);
    for (const { duty } of all) duty.start();
    await clock.pass(10_000);
    const [dead] = leaders();
    dead!.freeze();
    const died = clock.now();
    await clock.pass(LEASE_MS + 2 * EVERY_MS);
    const next = steps.find(({ process }) => process !== dead!.number)!;
    expect(next.at - died).toBeLessThanOrEqual(LEASE_MS + EVERY_MS);
    expectOneAtATime(steps);
  });

  it('moves on at once when its leader closes, which ends its work first', async () => {
    const { clock, all, steps, leaders } = scene(2);
    for (const { duty } of all) duty.start();
    await clock.pass(10_000);
    const [first] = leaders();
    const closed = clock.now();
    await Promise.all([first!.duty.close(), clock.pass(2 * EVERY_MS)]);
    const next = steps.find(({ process }) => process !== first!.number)!;
    expect(next.at - closed).toBeLessThanOrEqual(EVERY_MS + 200);
    const last = steps.findLast(({ process }) => process === first!.number)!;
    expect(last.at).toBeLessThanOrEqual(next.at);
  });

  it('is aborted before others may lead when the lease cannot be prolonged', async () => {
    for (const trouble of ['cut', 'fail'] as const) {
      const { clock, jobs, steps } = scene(0);
      // Its work lasts for hours.
      const stalled = new Contender(7, clock, jobs, steps, 100_000);
      stalled.duty.start();
      await clock.pass(10_000);
      expect(stalled.duty.token).toBeDefined();
      if (trouble === 'cut') stalled.cut();
      else stalled.failing = true;
      await clock.pass(LEASE_MS * 0.5);
      expect(stalled.aborts).toBe(0);
      await clock.pass(LEASE_MS * 0.3 + EVERY_MS);
      expect(stalled.aborts).toBe(1);
      expect(stalled.duty.token).toBeUndefined();
      const stopped = clock.now();
      const other = new Contender(8, clock, jobs, steps);
      other.duty.start();
      await clock.pass(LEASE_MS);
      expect(other.duty.token).toBeDefined();
      expectOneAtATime(steps);
      expect(steps.filter(({ process, at }) => process === 7 && at > stopped)).toEqual([]);
    }
  });

  it('begins anew after a failure of the job store', async () => {
    const { clock, all, leaders } = scene(1);
    all[0]!.duty.start();
    await clock.pass(5_000);
    all[0]!.failing = true;
    await clock.pass(60_000);
    expect(leaders()).toEqual([]);
    all[0]!.failing = false;
    await clock.pass(5_000);
    expect(leaders()).toHaveLength(1);
    expect(all[0]!.aborts).toBeLessThanOrEqual(1);
  });

  it('aborts the work of a process that was frozen for longer than its lease as soon as it goes on', async () => {
    const { clock, all, steps, leaders } = scene(2);
    for (const { duty } of all) duty.start();
    await clock.pass(2_100);
    const [frozen] = leaders();
    frozen!.freeze();
    await clock.pass(30_000);
    const next = leaders().find((leader) => leader !== frozen);
    expect(next).toBeDefined();
    const before = steps.length;
    frozen!.thaw();
    await clock.pass(20_000);
    expect(leaders()).toEqual([next]);
    // What its clocks had not told it yet it did once more at most: that is what fencing is for.
    expect(steps.slice(before).filter(({ process }) => process === frozen!.number).length).toBeLessThanOrEqual(1);
  });

  it('has one leader at a time, and soon one again, whatever happens to the processes', async () => {
    const trouble = fc.record({
      process: fc.nat(2),
      what: fc.constantFrom('freeze', 'thaw', 'fail', 'heal', 'wait'),
      ms: fc.integer({ min: 1, max: 9_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(trouble, { minLength: 1, maxLength: 12 }), async (troubles) => {
        const { clock, all, steps, leaders } = scene(3);
        const frozen = new Set<Contender>();
        const active = (): Contender[] => leaders().filter((leader) => !frozen.has(leader));
        for (const { duty } of all) duty.start();
        for (const { process, what, ms } of troubles) {
          const one = all[process]!;
          if (what === 'freeze') {
            one.freeze();
            frozen.add(one);
          } else if (what === 'thaw') {
            one.thaw();
            frozen.delete(one);
          } else if (what !== 'wait') one.failing = what === 'fail';
          await clock.pass(ms);
          expect(active().length).toBeLessThanOrEqual(1);
        }
        for (const one of all) {
          one.thaw();
          one.failing = false;
        }
        await clock.pass(2 * LEASE_MS);
        expect(leaders()).toHaveLength(1);
        const owners = Map.groupBy(steps, ({ token }) => token);
        for (const of of owners.values()) expect(new Set(of.map(({ process }) => process)).size).toBe(1);
      }),
      { numRuns: 40 },
    );
  });
});
