import { z } from 'zod';
import { QuarryError, createIds, seededRandom, systemClock, type Clock, type ErrorRecord } from '#libs/kernel';
import { MemoryBroker, type Broker, type Delivery } from '#libs/broker';
import { MemoryJobStore, type JobStore } from '#libs/job-store';
import { MemoryObjectStore } from '#libs/object-store';
import { silentLogger } from '#libs/telemetry';
import type { JobKind, JobOutcome } from '../job-kind.ts';
import type { Submission } from '../job-service.ts';
import { ClaimCheck } from './claim-check.ts';
import { JobActor } from './job-actor.ts';
import { noJobEvents, type JobParts } from './job-parts.ts';
import { KindRegistry } from './kind-registry.ts';
import { mailboxOf } from './messages.ts';
import { RuntimeJobService } from './runtime-job-service.ts';
import { WorkerHost } from './worker-host.ts';

const WAIT_MS = 60_000;

/** As searches are: transient. One task a word; what is found is the word. */
class WordsKind implements JobKind<{ words: string[] }, null, string, string[], string[]> {
  readonly name = 'words';
  readonly role = 'search';
  readonly transient = true;
  readonly spec = z.object({ words: z.array(z.string()) });
  ran: string[] = [];
  planning: () => Promise<void> = async () => {};
  behave: (word: string) => Promise<void> = async () => {};

  async plan({ words }: { words: string[] }): Promise<{ shared: null; tasks: string[] }> {
    await this.planning();
    return { shared: null, tasks: words };
  }
  async run(word: string): Promise<string[]> {
    this.ran.push(word);
    await this.behave(word);
    return [word];
  }
  failed(_word: string, _shared: null, error: ErrorRecord): string[] {
    return [`!${error.code}`];
  }
  empty(): string[] {
    return [];
  }
  merge(a: string[], b: string[]): string[] {
    return [...a, ...b].toSorted();
  }
  async finish(found: string[]): Promise<JobOutcome<string[]>> {
    const failed = found.filter((word) => word.startsWith('!')).length;
    return { result: found, coverage: 1 - failed / found.length, receipt: { words: found.length } };
  }
}

/** The port, with the names of its calls noted and single methods replaced. */
function noting<T extends object>(port: T, calls: string[], replaced: Partial<T> = {}): T {
  return new Proxy(port, {
    get: (target, name): unknown => {
      const member = (Reflect.get(replaced, name) ?? Reflect.get(target, name)) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        calls.push(String(name));
        return (member as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

interface Site {
  readonly kind: WordsKind;
  readonly parts: JobParts;
  readonly service: RuntimeJobService;
  /** Of the job store, by service and worker. */
  readonly calls: string[];
}

interface Faults {
  /** Of service and workers; default: the system's. */
  readonly clock?: Clock;
  readonly jobs?: (jobs: JobStore) => Partial<JobStore>;
  readonly broker?: (broker: Broker) => Partial<Broker>;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function site(faults: Faults = {}, workers = 1): Promise<Site> {
  const clock = faults.clock ?? systemClock;
  const random = seededRandom(1);
  const store = new MemoryObjectStore({ clock });
  const kind = new WordsKind();
  const calls: string[] = [];
  const jobs = new MemoryJobStore({ clock: systemClock });
  const broker = new MemoryBroker({ clock: systemClock });
  const parts: JobParts = {
    kinds: new KindRegistry([kind]),
    broker: noting<Broker>(broker, [], faults.broker?.(broker)),
    jobs: noting<JobStore>(jobs, calls, faults.jobs?.(jobs)),
    store,
    claims: new ClaimCheck(store),
    clock,
    random,
    ids: createIds(clock, random),
    logger: silentLogger,
    events: noJobEvents,
    namespace: 'test',
  };
  closing.push(async () => {
    await broker.close();
    await jobs.close();
  });
  for (let i = 0; i < workers; i++) {
    const host = new WorkerHost(parts, { roles: ['search'], concurrency: { search: 3, index: 1, maintenance: 1 } });
    await host.start();
    closing.push(() => host.close(1000));
  }
  return { kind, parts, service: new RuntimeJobService(parts), calls };
}

const asking = (...words: string[]): Submission => ({ kind: 'words', tenant: 't', index: 'i', spec: { words } });

/** Looks until there is one. */
async function firstOf<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await systemClock.sleep(5);
  }
}

const theJob = ({ parts }: Site) => firstOf(async () => (await parts.jobs.list({}, { limit: 2 }))[0]);

describe('a job that somebody waits for', () => {
  it('is recorded once, with its end, and answered without being read', async () => {
    // However slow the machine is, nobody grows impatient.
    const made = await site({ clock: { ...systemClock, after: () => () => {} } });
    const { job } = await made.service.submitAndWait(asking('a'), WAIT_MS);
    expect(job).toMatchObject({ state: 'succeeded', result: ['a'], coverage: 1, receipt: { words: 1 }, attempt: 1 });
    expect(made.calls).toEqual(['expect', 'recordWhole']);
    expect(await made.parts.jobs.get(job.id)).toEqual(job);
    expect(job.startedAt).toBeGreaterThanOrEqual(job.createdAt);
    expect(job.finishedAt).toBeGreaterThanOrEqual(job.startedAt!);
  });

  it('has a record before it is acknowledged, when it is not over soon (JOB-1)', async () => {
    const made = await site();
    const gate = Promise.withResolvers<void>();
    made.kind.behave = () => gate.promise;
    const waiting = made.service.submitAndWait(asking('a'), 300);
    const seen = await theJob(made);
    const { job } = await waiting;
    expect(job.id).toBe(seen.id);
    expect(job.state).not.toBe('succeeded');
    gate.resolve();
    const over = await made.service.wait('t', job.id, WAIT_MS);
    expect(over.job).toMatchObject({ state: 'succeeded', result: ['a'], createdAt: job.createdAt });
    expect(made.kind.ran).toEqual(['a']);
  });

  it('can be cancelled meanwhile, and is then not done', async () => {
    const made = await site();
    const gate = Promise.withResolvers<void>();
    made.kind.behave = () => gate.promise;
    const waiting = made.service.submitAndWait(asking('a'), WAIT_MS);
    const { id } = await theJob(made);
    await made.service.cancel('t', id);
    expect((await waiting).job.state).toBe('cancelled');
    gate.resolve();
    expect((await made.service.get('t', id)).job.state).toBe('cancelled');
  });

  it.each([
    ['several tasks', ['b', 'a', 'c'], ['a', 'b', 'c']],
    ['no task', [], []],
  ])('of %s is recorded on the way', async (_, words, found) => {
    const made = await site();
    const { job } = await made.service.submitAndWait(asking(...words), WAIT_MS);
    expect(job).toMatchObject({ state: 'succeeded', result: found });
    expect(await made.parts.jobs.get(job.id)).toEqual(job);
  });

  it('keeps what failed, and can be tried again', async () => {
    const made = await site();
    made.kind.behave = () => Promise.reject(new QuarryError('corrupt', 'bad bytes'));
    const { job } = await made.service.submitAndWait(asking('a'), WAIT_MS);
    expect(job).toMatchObject({ state: 'succeeded', result: ['!corrupt'], coverage: 0, progress: { failed: 1 } });
    made.kind.behave = async () => {};
    await made.service.retry('t', job.id);
    const again = await made.service.wait('t', job.id, WAIT_MS);
    expect(again.job).toMatchObject({ state: 'succeeded', attempt: 2, result: ['a'], coverage: 1 });
  });

  it('fails with a record when it cannot be planned', async () => {
    const made = await site();
    made.kind.planning = () => Promise.reject(new QuarryError('invalid', 'no such field', { code: 'unknown_field' }));
    const { job } = await made.service.submitAndWait(asking('a'), WAIT_MS);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'unknown_field' } });
    expect(await made.parts.jobs.get(job.id)).toEqual(job);
  });

  it('expires with a record', async () => {
    const made = await site({}, 0);
    const waiting = made.service.submitAndWait({ ...asking('a'), timeoutMs: 1 }, WAIT_MS);
    await systemClock.sleep(2);
    const host = new WorkerHost(made.parts, {
      roles: ['search'],
      concurrency: { search: 1, index: 1, maintenance: 1 },
    });
    await host.start();
    closing.push(() => host.close(1000));
    expect((await waiting).job).toMatchObject({ state: 'expired', error: { code: 'job_expired' } });
  });

  it('is answered though nothing was heard of its end', async () => {
    const made = await site({ jobs: () => ({ expect: async () => ({ answerTo: 'nobody', stop: () => {} }) }) });
    const { job } = await made.service.submitAndWait(asking('a'), WAIT_MS);
    expect(job).toMatchObject({ state: 'succeeded', result: ['a'] });
    expect(made.kind.ran).toEqual(['a']);
  });

  it('that could not be sent leaves nothing behind', async () => {
    const lost = new QuarryError('unavailable', 'the broker is away', { code: 'broker_unavailable' });
    const made = await site({ broker: () => ({ publish: () => Promise.reject(lost) }) });
    await expect(made.service.submitAndWait(asking('a'), WAIT_MS)).rejects.toBe(lost);
    expect(await made.parts.jobs.list({}, { limit: 1 })).toEqual([]);
  });

  it('is refused when its record cannot be made in time (JOB-1)', async () => {
    const down = new QuarryError('unavailable', 'the store is away', { code: 'job_store_unavailable' });
    const made = await site({ jobs: () => ({ create: () => Promise.reject(down) }) }, 0);
    await expect(made.service.submitAndWait(asking('a'), WAIT_MS)).rejects.toBe(down);
  });

  it('goes the long way round when its message would be large', async () => {
    const made = await site();
    const { job } = await made.service.submitAndWait(asking('a'.repeat(20_000)), WAIT_MS);
    expect(job.state).toBe('succeeded');
    expect(made.calls).toContain('create');
  });
});

describe('the message of a job that is recorded nowhere', () => {
  /** The first message, which no worker takes. */
  async function intercepted(): Promise<Site & { readonly delivery: (attempt: number) => Delivery }> {
    const bodies: string[] = [];
    const made = await site(
      {
        broker: () => ({
          publish: async (mailbox, messages) => {
            expect(mailbox).toBe(mailboxOf('test', { role: 'search' }));
            bodies.push(...messages.map(({ body }) => body));
          },
        }),
      },
      0,
    );
    void made.service.submitAndWait(asking('a'), WAIT_MS).catch(() => {});
    const body = await firstOf(async () => bodies[0]);
    const { signal } = new AbortController();
    return {
      ...made,
      delivery: (attempt) => ({ id: 'm', body, attempt, retries: 0, publishedAt: systemClock.now(), signal }),
    };
  }

  it.each([1, 2])(
    'may come several times, first as attempt %i: one end is recorded (JOB-2, JOB-3)',
    async (attempt) => {
      const made = await intercepted();
      const actors = [new JobActor(made.parts), new JobActor(made.parts), new JobActor(made.parts)];
      const settled = await Promise.all(actors.map((actor, i) => actor.handle(made.delivery(attempt + (i % 2)))));
      expect(settled).toEqual(['ack', 'ack', 'ack']);
      const ended = await theJob(made);
      expect(ended).toMatchObject({ state: 'succeeded', result: ['a'], attempt: 1 });
      expect(await new JobActor(made.parts).handle(made.delivery(3))).toBe('ack');
      expect(await made.parts.jobs.list({}, { limit: 5 })).toEqual([ended]);
    },
  );

  it('comes again with a record when its worker could not do it now', async () => {
    const made = await intercepted();
    made.kind.behave = () => Promise.reject(new QuarryError('unavailable', 'the store is away'));
    expect(await new JobActor(made.parts).handle(made.delivery(1))).toMatchObject({
      retryAfterMs: expect.any(Number) as number,
    });
    expect((await theJob(made)).state).not.toBe('succeeded');
    made.kind.behave = async () => {};
    expect(await new JobActor(made.parts).handle(made.delivery(2))).toBe('ack');
    expect(await theJob(made)).toMatchObject({ state: 'succeeded', result: ['a'] });
  });
});
