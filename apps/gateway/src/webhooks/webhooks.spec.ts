import 'reflect-metadata';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createIds, seededRandom, systemClock, toErrorRecord, unavailable } from '#libs/kernel';
import { MemoryBroker } from '#libs/broker';
import { OPEN_CALLER, type Caller } from '#libs/identity';
import { MemoryJobStore } from '#libs/job-store';
import {
  Announcer,
  ClaimCheck,
  deliveryPoster,
  KindRegistry,
  noJobEvents,
  RuntimeJobService,
  WebhookKind,
  WorkerHost,
  type JobParts,
} from '#libs/jobs';
import { MemoryObjectStore } from '#libs/object-store';
import { ObjectStoreRegistry } from '#libs/registry';
import { silentLogger } from '#libs/telemetry';
import { openWebhooks, type WebhookRecords, type WebhookRequest } from '#libs/webhooks';
import { Platform } from '../../../platform/src/platform.ts';
import { ProblemFilter } from '../http/problem-filter.ts';
import { WebhooksModule } from './webhooks.module.ts';

const BODY = { url: 'https://hooks.test/x', events: ['job.succeeded'] };
const SECRET = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) as string;

interface Api {
  readonly call: (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    caller?: Partial<Caller>,
  ) => Promise<{ status: number; body: any; headers: Record<string, unknown> }>; // oxlint-disable-line typescript/no-explicit-any
  /** What was sent; `status` is what is answered. */
  readonly sent: WebhookRequest[];
  status: number;
  readonly parts: JobParts;
  readonly startWorker: () => Promise<void>;
  readonly ended: (id: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

let api: Api;
beforeEach(async () => {
  api = await start();
});
afterEach(() => api.close());

async function start(): Promise<Api> {
  const clock = systemClock;
  const random = seededRandom(2);
  const ids = createIds(clock, random);
  const store = new MemoryObjectStore({ clock });
  const records: WebhookRecords = {
    open: (prefix, parse) => new ObjectStoreRegistry({ store, prefix, clock, parse }),
    clock,
    random,
    ids,
  };
  const webhooks = openWebhooks(records, ['10.0.0.0/8']);
  const sent: WebhookRequest[] = [];
  const sender = {
    send: async (request: WebhookRequest): Promise<{ status: number }> => {
      sent.push(request);
      return { status: made.status };
    },
  };
  const kind = new WebhookKind({ ...webhooks, sender, random });
  const broker = new MemoryBroker({ clock });
  const jobs = new MemoryJobStore({ clock });
  const namespace = 'test';
  const announcer = new Announcer({
    endpoints: webhooks.endpoints,
    createDelivery: deliveryPoster({ jobs, broker, namespace }, kind),
    clock,
    ids,
  });
  const parts: JobParts = {
    kinds: new KindRegistry([kind]),
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
    namespace,
  };
  const jobService = new RuntimeJobService(parts);
  const platform = { clock, jobs, jobService } as Partial<Platform> as Platform;

  @Global()
  @Module({ providers: [{ provide: Platform, useValue: platform }], exports: [Platform] })
  class TestPlatformModule {}
  @Module({ imports: [TestPlatformModule, WebhooksModule.of({ ...webhooks, announcer })] })
  class TestModule {}

  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(TestModule, adapter, {
    bodyParser: false,
    logger: false,
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  fastify.addHook('onRequest', async (request) => {
    const given = JSON.parse(String(request.headers['x-caller'])) as Partial<Caller>;
    request.caller = { ...OPEN_CALLER, ...given };
  });
  app.useGlobalFilters(new ProblemFilter(silentLogger));
  await app.init();
  await fastify.ready();
  let worker: WorkerHost | undefined;
  const made: Api = {
    call: async (method, path, body, caller = {}) => {
      const answer = await app.inject({
        method,
        url: `/v1/webhooks${path}`,
        headers: { 'x-caller': JSON.stringify(caller), 'content-type': 'application/json' },
        ...(body !== undefined && { payload: JSON.stringify(body) }),
      });
      const { statusCode: status, headers } = answer;
      return { status, body: answer.body === '' ? undefined : (JSON.parse(answer.body) as unknown), headers };
    },
    sent,
    status: 204,
    parts,
    startWorker: async () => {
      worker = new WorkerHost(parts, { roles: ['maintenance'], concurrency: {} });
      await worker.start();
    },
    ended: async (id) => {
      await jobService.wait('default', id, 5_000);
    },
    close: async () => {
      await worker?.close(0);
      await app.close();
      await broker.close();
      await jobs.close();
    },
  };
  return made;
}

const create = async (body: object = {}): Promise<string> => {
  const { body: made } = await api.call('POST', '', { ...BODY, ...body });
  return made.id as string;
};

describe('a webhook', () => {
  it('shows its secret once, when it is made', async () => {
    const made = await api.call('POST', '', { ...BODY, description: 'mine', kinds: ['import'], indexes: ['logs-*'] });
    expect(made).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } });
    expect(made.body).toEqual({
      ...BODY,
      id: expect.stringMatching(/^ep_/) as string,
      description: 'mine',
      kinds: ['import'],
      indexes: ['logs-*'],
      secrets: [{ createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string }],
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      secret: SECRET,
    });
    const { secret: _, ...shown } = made.body;
    expect((await api.call('GET', `/${shown.id}`)).body).toEqual(shown);
    expect((await api.call('GET', '')).body).toEqual({ webhooks: [shown] });
  });

  it('hears of every end when it does not say of what', async () => {
    const ends = ['job.succeeded', 'job.failed', 'job.cancelled', 'job.expired'];
    const { url } = BODY;
    expect((await api.call('POST', '', { url })).body.events).toEqual(ends);
    const partial = { hits: 3 };
    expect((await api.call('POST', '', { url, partial })).body.events).toEqual([...ends, 'job.partial']);
  });

  it('is changed, disabled, enabled and deleted', async () => {
    const id = await create({ kinds: ['import'] });
    const change = { url: 'https://other.test', events: ['job.partial'], partial: { hits: 5 }, kinds: null };
    const { body } = await api.call('PATCH', `/${id}`, change);
    expect(body).toMatchObject({ url: change.url, events: change.events, partial: change.partial });
    expect(body).not.toHaveProperty('kinds');
    expect(body).not.toHaveProperty('secret');
    const disabled = await api.call('PATCH', `/${id}`, { disabled: true });
    expect(disabled.body).toMatchObject({ disabled: { reason: 'disabled by hand' }, url: change.url });
    expect((await api.call('PATCH', `/${id}`, { disabled: false })).body).not.toHaveProperty('disabled');
    expect(await api.call('DELETE', `/${id}`)).toMatchObject({ status: 200, body: { id, deleted: true } });
    expect(await api.call('GET', `/${id}`)).toMatchObject({ status: 404, body: { code: 'webhook_not_found' } });
    expect((await api.call('GET', '')).body).toEqual({ webhooks: [] });
  });

  it.each([
    ['bad_webhook', {}],
    ['bad_webhook', { ...BODY, events: [] }],
    ['bad_webhook', { ...BODY, events: ['webhook.test'] }],
    ['bad_webhook', { ...BODY, secret: 'mine' }],
    ['bad_webhook', { ...BODY, indexes: ['Logs'] }],
    ['bad_webhook', { ...BODY, events: ['job.partial'] }],
    ['bad_webhook', { ...BODY, partial: { hits: 3 } }],
    ['bad_webhook', { ...BODY, events: ['job.partial'], partial: {} }],
    ['bad_webhook', [BODY]],
    ['bad_webhook_url', { ...BODY, url: 'hooks.test' }],
    ['bad_webhook_url', { ...BODY, url: 'http://2130706433/' }],
    ['bad_webhook_url', { ...BODY, url: 'http://[::ffff:169.254.169.254]/' }],
  ])('is refused with %s: %j', async (code, body) => {
    const refused = await api.call('POST', '', body);
    expect(refused).toMatchObject({ status: 400, body: { code } });
    expect(refused.headers['content-type']).toContain('application/problem+json');
  });

  it('may be where the operator allows it', async () => {
    expect(await api.call('POST', '', { ...BODY, url: 'http://10.0.0.7/' })).toMatchObject({ status: 201 });
  });

  it('is not changed to what could not be made', async () => {
    const id = await create();
    for (const change of [{ url: 'http://127.0.0.1' }, { events: ['job.partial'] }, { url: null }, { events: [] }]) {
      expect(await api.call('PATCH', `/${id}`, change)).toMatchObject({ status: 400 });
    }
    expect((await api.call('GET', `/${id}`)).body).toMatchObject(BODY);
  });

  it('gets a new secret, and keeps the old for as long as it is told', async () => {
    const id = await create();
    const rotated = await api.call('POST', `/${id}/rotate`);
    expect(rotated).toMatchObject({ status: 200, body: { secret: SECRET }, headers: { 'cache-control': 'no-store' } });
    const [fresh, old] = rotated.body.secrets;
    expect(Date.parse(old.expiresAt) - Date.parse(fresh.createdAt)).toBe(24 * 3_600_000);
    expect((await api.call('POST', `/${id}/rotate`, { keepFor: '0s' })).body.secrets).toHaveLength(1);
    for (const keepFor of ['8d', 'long', 5])
      expect(await api.call('POST', `/${id}/rotate`, { keepFor })).toMatchObject({ status: 400 });
  });
});

describe('of others', () => {
  const paths = ['', '/rotate', '/test', '/deliveries', '/deliveries/01KAN6T0000000000000000000/replay'];
  const methodOf = (path: string): 'GET' | 'POST' => (path === '' || path === '/deliveries' ? 'GET' : 'POST');

  it.each([
    ['another tenant', { tenant: 'other' }],
    ['who is confined to other indexes', { indexes: ['wiki*'] }],
  ])('nothing exists for %s', async (_, caller) => {
    const id = await create({ indexes: ['logs-*'] });
    for (const path of paths) {
      const answer = await api.call(methodOf(path), `/${id}${path}`, undefined, caller);
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'webhook_not_found']);
    }
    expect(await api.call('PATCH', `/${id}`, {}, caller)).toMatchObject({ status: 404 });
    expect(await api.call('DELETE', `/${id}`, undefined, caller)).toMatchObject({ status: 404 });
    expect((await api.call('GET', '', undefined, caller)).body).toEqual({ webhooks: [] });
    expect(api.sent).toEqual([]);
  });

  it('nothing is heard by who is confined to some indexes', async () => {
    const caller = { indexes: ['logs-*', 'wiki'] };
    const made = await api.call('POST', '', BODY, caller);
    expect(made.body).toMatchObject({ indexes: caller.indexes });
    expect(await api.call('GET', `/${made.body.id}`, undefined, caller)).toMatchObject({ status: 200 });
    expect(await api.call('POST', '', { ...BODY, indexes: ['logs-2026*'] }, caller)).toMatchObject({ status: 201 });
    expect(await api.call('POST', '', { ...BODY, indexes: ['*'] }, caller)).toMatchObject({ status: 400 });
    const change = { indexes: ['l*'] };
    expect(await api.call('PATCH', `/${made.body.id}`, change, caller)).toMatchObject({ status: 400 });
    expect(await api.call('GET', '/callback/deliveries', undefined, caller)).toMatchObject({ status: 404 });
  });
});

describe('the delivery log', () => {
  it('tells of a test that was taken', async () => {
    await api.startWorker();
    const id = await create();
    const test = await api.call('POST', `/${id}/test`);
    expect(test).toMatchObject({ status: 202, body: { kind: 'webhook' } });
    expect(test.headers['location']).toBe(`/v1/jobs/${test.body.id}`);
    await api.ended(test.body.id);
    const log = await api.call('GET', `/${id}/deliveries`);
    expect(log.body.deliveries).toMatchObject([
      { id: test.body.id, event: 'webhook.test', state: 'succeeded', tries: [{ status: 204 }] },
    ]);
    expect(api.sent).toHaveLength(1);
    expect(api.sent[0]!.headers['webhook-id']).toBe(log.body.deliveries[0].webhookId);
  });

  it('tells of every try, and when the next is due', async () => {
    const id = await create();
    const { body: job } = await api.call('POST', `/${id}/test`);
    const error = toErrorRecord(unavailable('delivery_failed', 'hooks.test answered 503', { status: 503 }));
    const dueAt = systemClock.now() + 5_000;
    await api.parts.jobs.postpone(job.id, dueAt, error);
    const [delivery] = (await api.call('GET', `/${id}/deliveries`)).body.deliveries;
    expect(delivery).toMatchObject({
      state: 'queued',
      nextTryAt: new Date(dueAt).toISOString(),
      tries: [{ status: 503, error: { code: 'delivery_failed', detail: 'hooks.test answered 503' } }],
    });
  });

  it('comes page by page, and of one state', async () => {
    const id = await create();
    await create();
    const tests: string[] = [];
    for (let n = 0; n < 5; n++) tests.push((await api.call('POST', `/${id}/test`)).body.id as string);
    const seen: string[] = [];
    let after = '';
    do {
      const { body } = await api.call('GET', `/${id}/deliveries?limit=2${after}`);
      seen.push(...body.deliveries.map((delivery: { id: string }) => delivery.id));
      after = body.next === undefined ? '' : `&after=${body.next}`;
    } while (after !== '');
    expect(new Set(seen)).toEqual(new Set(tests));
    expect(seen).toHaveLength(5);
    expect((await api.call('GET', `/${id}/deliveries?state=failed`)).body).toEqual({ deliveries: [] });
    for (const query of ['state=gone', 'limit=0', 'limit=1000', 'after=x'])
      expect(await api.call('GET', `/${id}/deliveries?${query}`)).toMatchObject({ body: { code: 'bad_parameter' } });
  });

  it('replays under the same webhook-id, also what still waits', async () => {
    const id = await create();
    const waiting = await api.call('POST', `/${id}/test`);
    const [before] = (await api.call('GET', `/${id}/deliveries`)).body.deliveries;
    const replayed = await api.call('POST', `/${id}/deliveries/${waiting.body.id}/replay`);
    expect(replayed).toMatchObject({ status: 202, body: { webhookId: before.webhookId, state: 'queued', tries: [] } });
    expect(replayed.body.id).not.toBe(before.id);
    expect(await api.parts.jobs.get(waiting.body.id)).toMatchObject({ state: 'cancelled' });
    await api.startWorker();
    await api.ended(replayed.body.id);
    await api.call('POST', `/${id}/deliveries/${replayed.body.id}/replay`);
    expect((await api.call('GET', `/${id}/deliveries`)).body.deliveries).toHaveLength(3);
  });

  it('replays nothing that is not its own, and nothing to a disabled webhook', async () => {
    const [id, other] = [await create(), await create()];
    const { body: job } = await api.call('POST', `/${id}/test`);
    for (const path of [`/${other}/deliveries/${job.id}/replay`, `/${id}/deliveries/nonsense/replay`])
      expect(await api.call('POST', path)).toMatchObject({ status: 404, body: { code: 'delivery_not_found' } });
    await api.call('PATCH', `/${id}`, { disabled: true });
    const refused = await api.call('POST', `/${id}/deliveries/${job.id}/replay`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'endpoint_disabled' } });
  });

  it('tells of a receiver that is gone', async () => {
    await api.startWorker();
    const id = await create();
    api.status = 410;
    const { body: job } = await api.call('POST', `/${id}/test`);
    await api.ended(job.id);
    const [delivery] = (await api.call('GET', `/${id}/deliveries`)).body.deliveries;
    expect(delivery).toMatchObject({ state: 'failed', tries: [{ status: 410, error: { code: 'endpoint_gone' } }] });
    expect((await api.call('GET', `/${id}`)).body.disabled).toMatchObject({ reason: 'the receiver answered 410 Gone' });
  });
});

it('the callback secret is shown and replaced, each tenant its own', async () => {
  const first = await api.call('GET', '/callback-secret');
  expect(first).toMatchObject({ status: 200, body: { secret: SECRET }, headers: { 'cache-control': 'no-store' } });
  expect((await api.call('GET', '/callback-secret')).body).toEqual(first.body);
  const rotated = await api.call('POST', '/callback-secret', { keepFor: '1h' });
  expect(rotated.body.secret).not.toBe(first.body.secret);
  expect(rotated.body.secrets).toHaveLength(2);
  const other = await api.call('GET', '/callback-secret', undefined, { tenant: 'other' });
  expect([first.body.secret, rotated.body.secret]).not.toContain(other.body.secret);
  expect((await api.call('GET', '/callback/deliveries')).body).toEqual({ deliveries: [] });
});
