import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { QuarryError, createIds, seededRandom, unavailable } from '#libs/kernel';
import { MemoryBroker } from '#libs/broker';
import { MemoryJobStore, type JobRecord, type NewJob } from '#libs/job-store';
import { MemoryObjectStore } from '#libs/object-store';
import { ObjectStoreRegistry } from '#libs/registry';
import { silentLogger } from '#libs/telemetry';
import {
  CallbackSecrets,
  Endpoints,
  RETRY_DELAYS_MS,
  type Callback,
  type Endpoint,
  type EndpointDraft,
  type OpenRegistry,
  type WebhookAnswer,
  type WebhookRecords,
  type WebhookRequest,
  type WebhookSender,
} from '#libs/webhooks';
import type { JobKind, JobOutcome } from '../../job-kind.ts';
import { ClaimCheck } from '../../runtime/claim-check.ts';
import { noJobEvents, type JobParts } from '../../runtime/job-parts.ts';
import { KindRegistry } from '../../runtime/kind-registry.ts';
import { Reconciler } from '../../runtime/reconciler.ts';
import { RuntimeJobService } from '../../runtime/runtime-job-service.ts';
import { WorkerHost } from '../../runtime/worker-host.ts';
import { Announcer } from './announcer.ts';
import { deliverySchema } from './delivery.ts';
import { deliveryPoster } from './post-delivery.ts';
import { SimulatedClock } from './simulated-clock-fixture.ts';
import { WebhookKind } from './webhook-kind.ts';

const S = 1000;
const H = 3600 * S;
const TENANT = 'a';
const DRAFT: EndpointDraft = { url: 'https://hooks.test/x', events: ['job.succeeded', 'job.failed', 'job.cancelled'] };

/** Does as its spec says; of several tasks the last one waits until it is let go. */
class ProbeKind implements JobKind<ProbeSpec, null, number, number, { hits: number[] }> {
  readonly name = 'probe';
  readonly role = 'search';
  readonly spec = z.object({ tasks: z.number(), fails: z.boolean().optional() });
  letGo: () => void = () => {};
  private readonly held = new Promise<void>((resolve) => {
    this.letGo = resolve;
  });

  async plan({ tasks }: ProbeSpec): Promise<{ shared: null; tasks: number[] }> {
    return { shared: null, tasks: Array.from({ length: tasks }, (_, task) => task) };
  }
  async run(task: number, _shared: null, { tasks, fails }: ProbeSpec): Promise<number> {
    if (tasks > 1 && task === tasks - 1) await this.held;
    if (fails) throw new QuarryError('invalid', 'it was to fail', { code: 'doomed' });
    return 1;
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
  async finish(found: number, _shared: null, { fails }: ProbeSpec): Promise<JobOutcome<{ hits: number[] }>> {
    if (fails) throw new QuarryError('invalid', 'it was to fail', { code: 'doomed' });
    return { result: this.preview(found), coverage: 1 };
  }
  preview(found: number): { hits: number[] } {
    return { hits: Array.from({ length: found }, (_, n) => n) };
  }
}
interface ProbeSpec {
  readonly tasks: number;
  readonly fails?: boolean | undefined;
}

/** Stands for the network and the receiver behind it. */
class TestSender implements WebhookSender {
  readonly calls: (WebhookRequest & { readonly at: number })[] = [];
  answer: (call: number) => WebhookAnswer | QuarryError = () => ({ status: 204 });
  constructor(private readonly clock: SimulatedClock) {}

  async send(request: WebhookRequest): Promise<WebhookAnswer> {
    const answer = this.answer(this.calls.length);
    this.calls.push({ ...request, at: this.clock.now() });
    if (answer instanceof QuarryError) throw answer;
    return answer;
  }
}

interface World {
  readonly clock: SimulatedClock;
  readonly sender: TestSender;
  readonly endpoints: Endpoints;
  readonly secrets: CallbackSecrets;
  readonly announcer: Announcer;
  readonly parts: JobParts;
  readonly service: RuntimeJobService;
  readonly probe: ProbeKind;
  readonly reconciler: Reconciler;
  readonly submit: (spec?: ProbeSpec, callback?: Callback) => Promise<string>;
  readonly deliveries: (subject?: string) => Promise<JobRecord[]>;
  readonly restartWorker: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Deliveries cannot be made. */
  broken: boolean;
}

const worlds: World[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((each) => each.close()));
});

async function world(): Promise<World> {
  const clock = new SimulatedClock(Date.parse('2026-11-22T10:00:00Z'));
  const random = seededRandom(5);
  const ids = createIds(clock, random);
  const store = new MemoryObjectStore({ clock });
  const records: WebhookRecords = {
    open: (prefix, parse) => new ObjectStoreRegistry({ store, prefix, clock, parse, random }),
    clock,
    random,
    ids,
  };
  const endpoints = new Endpoints(records);
  const secrets = new CallbackSecrets(records);
  const sender = new TestSender(clock);
  const broker = new MemoryBroker({ clock });
  const jobs = new MemoryJobStore({ clock });
  const webhooks = new WebhookKind({ endpoints, callbackSecrets: secrets, sender, random });
  const post = deliveryPoster({ jobs, broker, namespace: 'test' }, webhooks);
  const createDelivery = async (job: NewJob): Promise<void> => {
    if (made.broken) throw unavailable('job_store_unavailable', 'the job store is away');
    await post(job);
  };
  const announcer = new Announcer({ endpoints, clock, ids, createDelivery, publicUrl: 'https://search.test' });
  const probe = new ProbeKind();
  const parts: JobParts = {
    kinds: new KindRegistry([probe, webhooks]),
    broker,
    jobs,
    store,
    claims: new ClaimCheck(store),
    clock,
    random,
    ids,
    logger: silentLogger,
    events: noJobEvents,
    announcer,
    namespace: 'test',
  };
  const startWorker = async (): Promise<WorkerHost> => {
    const host = new WorkerHost(parts, { roles: ['search', 'maintenance'], concurrency: { search: 4, webhook: 4 } });
    await host.start();
    return host;
  };
  let worker = await startWorker();
  const service = new RuntimeJobService(parts);
  const made: World = {
    clock,
    sender,
    endpoints,
    secrets,
    announcer,
    parts,
    service,
    probe,
    reconciler: new Reconciler(parts),
    submit: async (spec = { tasks: 1 }, callback?: Callback) => {
      const { job } = await service.submit({ kind: 'probe', tenant: TENANT, index: 'logs', spec, callback });
      await clock.pass(0);
      return job.id;
    },
    deliveries: (subject) =>
      jobs.list({ tenant: TENANT, kind: 'webhook', ...(subject && { subject }) }, { limit: 100 }),
    restartWorker: async () => {
      await worker.close(0);
      worker = await startWorker();
    },
    close: async () => {
      probe.letGo();
      await worker.close(0);
      await broker.close();
      await jobs.close();
    },
    broken: false,
  };
  worlds.push(made);
  return made;
}

const DOWN = unavailable('delivery_failed', 'hooks.test could not be reached (ECONNREFUSED)', {
  reason: 'unreachable',
});

const idOf = ({ headers }: WebhookRequest): string => headers['webhook-id']!;

/** By the library and, once more, by nothing but the specification. */
function expectSigned({ headers, body, at }: TestSender['calls'][number], secret: string): void {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  expect(Number(timestamp)).toBe(Math.floor(at / 1000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  expect(signatures!.split(' ')).toContain(`v1,${mac}`);
  expect(signatures!.split(' ')).toContain(new Webhook(secret).sign(id!, new Date(at), body));
}

describe('a job that ends', () => {
  it.each([
    ['job.succeeded', { tasks: 1 }],
    ['job.failed', { tasks: 1, fails: true }],
  ])('is told as %s, once, signed', async (type, spec) => {
    const { endpoints, submit, sender, deliveries } = await world();
    const endpoint = await endpoints.create(TENANT, DRAFT);
    const job = await submit(spec);
    expect(sender.calls).toHaveLength(1);
    const [call] = sender.calls as [TestSender['calls'][number]];
    expect(call.url).toBe(DRAFT.url);
    expectSigned(call, endpoint.secrets[0]!.secret);
    expect(JSON.parse(call.body)).toMatchObject({
      type,
      data: { job: { id: job }, resultUrl: `https://search.test/v1/jobs/${job}` },
    });
    const [delivery] = (await deliveries(endpoint.id)) as [JobRecord];
    expect(delivery).toMatchObject({ state: 'succeeded', result: { status: 204, tries: 1 } });
    expect(idOf(call)).toBe(`msg_${delivery.id}`);
  });

  it('is told when it is cancelled', async () => {
    const { endpoints, submit, sender, service, clock } = await world();
    await endpoints.create(TENANT, DRAFT);
    const job = await submit({ tasks: 2 });
    await service.cancel(TENANT, job);
    await clock.pass(0);
    expect(sender.calls.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual(['job.cancelled']);
  });

  it('is told to its callback, signed with the secret for callbacks', async () => {
    const { submit, sender, secrets, deliveries } = await world();
    await submit({ tasks: 1 }, { url: 'https://mine.test/done' });
    expect(sender.calls).toMatchObject([{ url: 'https://mine.test/done' }]);
    expectSigned(sender.calls[0]!, (await secrets.get(TENANT))[0]!.secret);
    expect(await deliveries('callback')).toHaveLength(1);
  });

  it('is told to nobody who did not ask, and deliveries are told to nobody', async () => {
    const { endpoints, submit, sender } = await world();
    await endpoints.create(TENANT, { ...DRAFT, events: ['job.failed'] });
    await endpoints.create(TENANT, { ...DRAFT, kinds: ['import'] });
    await endpoints.create(TENANT, { ...DRAFT, indexes: ['wiki*'] });
    await endpoints.create('b', DRAFT);
    await submit({ tasks: 1 }, { url: 'https://mine.test', events: ['job.failed'] });
    expect(sender.calls).toEqual([]);
    await endpoints.create(TENANT, { ...DRAFT, indexes: ['lo*'] });
    await submit();
    expect(sender.calls).toHaveLength(1);
  });

  it('is told once however often, and by however many, it is announced', async () => {
    const { endpoints, submit, sender, announcer, parts, clock, deliveries } = await world();
    await endpoints.create(TENANT, DRAFT);
    const job = (await parts.jobs.get(await submit()))!;
    await Promise.all([announcer.ended(job), announcer.ended(job), announcer.ended(job)]);
    await clock.pass(H);
    expect(sender.calls).toHaveLength(1);
    expect(await deliveries()).toHaveLength(1);
  });

  it('tells what a search found to its own callback, and endpoints where to read it', async () => {
    const { endpoints, submit, sender, announcer, parts, clock } = await world();
    const probe = (await parts.jobs.get(await submit()))!;
    await endpoints.create(TENANT, DRAFT);
    await announcer.ended({ ...probe, kind: 'search', callback: { url: 'https://mine.test' } });
    await clock.pass(0);
    const dataAt = (url: string): unknown =>
      (JSON.parse(sender.calls.find((call) => call.url === url)!.body) as { data: unknown }).data;
    expect(dataAt('https://mine.test')).toMatchObject({ result: { hits: [0] } });
    expect(dataAt(DRAFT.url)).not.toHaveProperty('result');
    expect(dataAt(DRAFT.url)).toMatchObject({ resultUrl: `https://search.test/v1/jobs/${probe.id}` });
  });

  it('is told later when the job store was away just then (JOB-6)', async () => {
    const made = await world();
    await made.endpoints.create(TENANT, DRAFT);
    made.broken = true;
    const job = await made.submit();
    expect(await made.parts.jobs.get(job)).toMatchObject({ state: 'succeeded' });
    made.broken = false;
    await made.clock.pass(30 * S);
    await made.reconciler.pass();
    await made.clock.pass(0);
    expect(made.sender.calls).toHaveLength(1);
    await made.reconciler.pass();
    await made.clock.pass(0);
    expect(made.sender.calls).toHaveLength(1);
  });

  it('is told again after a retry that ended anew', async () => {
    const { endpoints, submit, sender, service, clock } = await world();
    await endpoints.create(TENANT, DRAFT);
    const job = await submit({ tasks: 1, fails: true });
    await service.retry(TENANT, job);
    await clock.pass(0);
    expect(new Set(sender.calls.map(idOf)).size).toBe(2);
  });
});

describe('a job that goes on', () => {
  it.each([
    ['coverage', { coverage: 0.5 }],
    ['hits', { hits: 2 }],
  ])('is told once when its %s is reached', async (_, partial) => {
    const { endpoints, submit, sender, probe, clock } = await world();
    await endpoints.create(TENANT, { ...DRAFT, events: ['job.partial'], partial });
    const job = await submit({ tasks: 4 }, { url: 'https://mine.test', partial, events: [] });
    expect(sender.calls.map(({ url }) => url).toSorted()).toEqual([DRAFT.url, 'https://mine.test']);
    expect(JSON.parse(sender.calls[0]!.body)).toMatchObject({
      type: 'job.partial',
      data: { job: { id: job, state: 'running' } },
    });
    probe.letGo();
    await clock.pass(0);
    expect(sender.calls).toHaveLength(2);
  });
});

describe('a receiver', () => {
  it('that is down for an hour gets every event, on the schedule of the specification', async () => {
    const { endpoints, submit, sender, clock, deliveries, restartWorker } = await world();
    const endpoint = await endpoints.create(TENANT, DRAFT);
    const began = clock.now();
    sender.answer = () => (clock.now() < began + H ? DOWN : { status: 200 });
    const jobs: string[] = [];
    for (let n = 0; n < 5; n++) jobs.push(await submit());
    await clock.pass(H / 2);
    await restartWorker();
    await clock.pass(3 * H);

    const all = await deliveries(endpoint.id);
    expect(all.map(({ state }) => state)).toEqual(Array(5).fill('succeeded'));
    const told = all.map(({ spec }) => deliverySchema.parse(spec).job);
    expect(new Set(told)).toEqual(new Set(jobs));
    expect(told).toHaveLength(jobs.length);
    for (const delivery of all) {
      const calls = sender.calls.filter((call) => idOf(call) === `msg_${delivery.id}`);
      expect(calls).toHaveLength(5);
      expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
      for (const call of calls) expectSigned(call, endpoint.secrets[0]!.secret);
      const waits = calls.slice(1).map(({ at }, n) => at - calls[n]!.at);
      for (const [n, wait] of waits.entries()) {
        expect(wait).toBeGreaterThanOrEqual(RETRY_DELAYS_MS[n]!);
        expect(wait).toBeLessThanOrEqual(RETRY_DELAYS_MS[n]! * 1.1 + 1);
      }
      expect(delivery.tries).toHaveLength(4);
      expect(delivery.result).toMatchObject({ status: 200, tries: 5 });
    }
  });

  it('that never comes back is given up after ten tries and three days, to the dead letters', async () => {
    const { endpoints, submit, sender, clock, deliveries, parts } = await world();
    await endpoints.create(TENANT, DRAFT);
    sender.answer = () => ({ status: 503 });
    await submit();
    await clock.pass(90 * H);
    expect(sender.calls).toHaveLength(10);
    expect(await deliveries()).toMatchObject([
      { state: 'failed', error: { code: 'delivery_failed', details: { status: 503 } } },
    ]);
    const [dead] = await parts.broker.deadLetters('test.webhook', { limit: 10 });
    expect(dead).toMatchObject({ reason: 'hooks.test answered 503' });
  });

  it('is left alone for as long as it asks', async () => {
    const { endpoints, submit, sender, clock } = await world();
    await endpoints.create(TENANT, DRAFT);
    sender.answer = (call) => (call === 0 ? { status: 429, retryAfterMs: H } : { status: 200 });
    await submit();
    await clock.pass(H - 1);
    expect(sender.calls).toHaveLength(1);
    await clock.pass(H * 0.1 + 1);
    expect(sender.calls).toHaveLength(2);
  });

  it('that is gone is not called again', async () => {
    const { endpoints, submit, sender, clock, deliveries } = await world();
    const { id } = await endpoints.create(TENANT, DRAFT);
    sender.answer = () => ({ status: 410 });
    await submit();
    expect(await deliveries()).toMatchObject([{ state: 'failed', error: { code: 'endpoint_gone' } }]);
    expect(await endpoints.get(TENANT, id)).toMatchObject({ disabled: { reason: 'the receiver answered 410 Gone' } });
    await submit();
    await clock.pass(90 * H);
    expect(sender.calls).toHaveLength(1);
  });

  it.each<[string, (made: World, endpoint: Endpoint) => Promise<unknown>]>([
    ['endpoint_disabled', ({ endpoints }, { id }) => endpoints.disable(TENANT, id, 'by hand')],
    ['endpoint_deleted', ({ endpoints }, { id }) => endpoints.delete(TENANT, id)],
  ])('that is taken away while a delivery waits ends it: %s', async (code, take) => {
    const made = await world();
    const endpoint = await made.endpoints.create(TENANT, DRAFT);
    made.sender.answer = () => DOWN;
    await made.submit();
    await take(made, endpoint);
    await made.clock.pass(H);
    expect(made.sender.calls).toHaveLength(1);
    expect(await made.deliveries()).toMatchObject([{ state: 'failed', error: { code } }]);
  });

  it('at an address that is not permitted is given up at once', async () => {
    const { endpoints, submit, sender, clock, deliveries } = await world();
    await endpoints.create(TENANT, DRAFT);
    sender.answer = () => new QuarryError('invalid', 'hooks.test leads to 127.0.0.1', { code: 'address_forbidden' });
    await submit();
    await clock.pass(H);
    expect(sender.calls).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ state: 'failed', error: { code: 'address_forbidden' } }]);
  });

  it.each([301, 307, 400, 404, 500, 502, 504])('that answers %d is tried again', async (status) => {
    const { endpoints, submit, sender, clock } = await world();
    await endpoints.create(TENANT, DRAFT);
    sender.answer = (call) => ({ status: call === 0 ? status : 204 });
    await submit();
    await clock.pass(6 * S);
    expect(sender.calls).toHaveLength(2);
  });

  it('is signed for with both secrets while one replaces the other', async () => {
    const { endpoints, submit, sender, clock } = await world();
    const { id, secrets } = await endpoints.create(TENANT, DRAFT);
    const rotated = await endpoints.rotate(TENANT, id, 24 * H);
    await submit();
    for (const { secret } of [...secrets, ...rotated.secrets]) expectSigned(sender.calls[0]!, secret);
    await clock.pass(24 * H);
    await submit();
    expect(sender.calls[1]!.headers['webhook-signature']!.split(' ')).toHaveLength(1);
    expectSigned(sender.calls[1]!, rotated.secrets[0]!.secret);
  });
});

describe('an endpoint that is tried out', () => {
  it('gets a test event, also while it is disabled', async () => {
    const { endpoints, announcer, sender, clock, service } = await world();
    const endpoint = await endpoints.create(TENANT, DRAFT);
    await endpoints.disable(TENANT, endpoint.id, 'by hand');
    const id = await announcer.test(endpoint);
    await clock.pass(0);
    expect(JSON.parse(sender.calls[0]!.body)).toMatchObject({ type: 'webhook.test', data: { endpoint: endpoint.id } });
    expect((await service.get(TENANT, id)).job).toMatchObject({ state: 'succeeded', subject: endpoint.id });
  });

  it('gets what it missed once more, under the same id', async () => {
    const { endpoints, announcer, submit, sender, clock, deliveries } = await world();
    await endpoints.create(TENANT, DRAFT);
    await submit();
    const [first] = (await deliveries()) as [JobRecord];
    await announcer.replay(first);
    await clock.pass(0);
    const [one, two] = sender.calls.map((call) => [idOf(call), call.body]);
    expect(two).toEqual(one);
    expect(await deliveries()).toHaveLength(2);
  });
});

describe('who is owed', () => {
  it('is assumed to be somebody while it cannot be told', async () => {
    const { parts, clock } = await world();
    const away: OpenRegistry = (prefix, parse) => {
      const store = new MemoryObjectStore({ clock });
      store.list = () => {
        throw unavailable('store_unavailable', 'the store is away');
      };
      return new ObjectStoreRegistry({ store, prefix, clock, parse });
    };
    const endpoints = new Endpoints({ ...parts, open: away });
    const announcer = new Announcer({ endpoints, clock, ids: parts.ids, createDelivery: async () => {} });
    const job = { tenant: TENANT, kind: 'search', index: 'logs' };
    expect(await announcer.owes(job)).toBe(true);
    expect(await announcer.wantsPartials({ ...job, id: 'x', attempt: 1 } as JobRecord)).toBe(false);
    await expect(announcer.ended({ ...job, state: 'succeeded' } as JobRecord)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });

  it('is known when a job is submitted', async () => {
    const { endpoints, announcer, clock } = await world();
    const job = { tenant: TENANT, kind: 'search', index: 'logs' };
    expect(await announcer.owes(job)).toBe(false);
    expect(await announcer.owes({ ...job, callback: { url: 'https://mine.test' } })).toBe(true);
    await endpoints.create(TENANT, { ...DRAFT, kinds: ['search'] });
    await clock.pass(10 * S);
    expect(await announcer.owes(job)).toBe(true);
    expect(await announcer.owes({ ...job, kind: 'import' })).toBe(false);
    expect(await announcer.owes({ ...job, tenant: 'b' })).toBe(false);
    expect(await announcer.owes({ ...job, kind: 'webhook', callback: { url: 'https://mine.test' } })).toBe(false);
  });
});
