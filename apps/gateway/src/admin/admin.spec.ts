import { MESSAGE_VERSION, encodeMessage } from '#libs/jobs';
import { startGateways, TENANT, type TestGateways } from '../gateway-fixture.ts';

let site: TestGateways;

beforeEach(async () => {
  site = await startGateways(1);
});
afterEach(() => site.close());

// oxlint-disable-next-line typescript/no-explicit-any
async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const response = await fetch(site.gateways[0]!.url + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const platform = () => site.platforms[0]!;
const mailbox = 'quarry.search';

/** Lets messages die, as a worker does that cannot read them. Resolves when all have. */
async function die(bodies: readonly string[], into = mailbox): Promise<void> {
  const { broker } = platform();
  await broker.publish(
    into,
    bodies.map((body) => ({ body })),
  );
  let left = bodies.length;
  await new Promise<void>((done, failed) => {
    broker
      .consume(into, { concurrency: 1 }, async ({ body }) => {
        if (!bodies.includes(body)) return 'ack';
        if (--left === 0) done();
        return { deadLetter: `cannot read ${body.slice(0, 20)}` };
      })
      .then((consumer) => closers.push(() => consumer.close(1000)), failed);
  });
  // Closing waits for the last settlement.
  await Promise.all(closers.splice(0).map((close) => close()));
}
const closers: (() => Promise<void>)[] = [];

/** Told apart by white space from the message that the job was submitted with, which the consumer above takes as well. */
const messageOf = (job: string, nth = 1): string =>
  encodeMessage({ v: MESSAGE_VERSION, type: 'advance', job, kind: 'letters' }) + ' '.repeat(nth);

async function failedJob(tenant = TENANT): Promise<string> {
  const id = await site.startJob(2, tenant);
  const error = { kind: 'internal', code: 'internal', message: 'it broke' } as const;
  await platform().jobs.transition(id, ['running'], { state: 'failed', error });
  return id;
}

describe('the mailboxes', () => {
  it('are listed with what lies in them, and are paused and resumed', async () => {
    await site.startJob(1);
    const { body } = await call('GET', '/v1/admin/queues');
    const row = { mailbox, ready: 1, delayed: 0, inFlight: 0, dead: 0, paused: false };
    expect(body.queues).toMatchObject([row]);
    expect(body.queues[0].oldestReadyMs).toBeGreaterThanOrEqual(0);
    expect(await call('POST', `/v1/admin/queues/${mailbox}/pause`)).toMatchObject({
      status: 200,
      body: { paused: true },
    });
    expect((await call('GET', '/v1/admin/queues')).body.queues).toMatchObject([{ ...row, paused: true }]);
    expect(await platform().jobs.getHint(`paused:${mailbox}`)).toBe(1);
    expect((await call('POST', `/v1/admin/queues/${mailbox}/resume`)).body).toMatchObject({ paused: false });
    expect((await call('GET', '/v1/admin/queues')).body.queues).toMatchObject([row]);
  });

  it('that nobody has used yet can be paused, those that there are not cannot', async () => {
    expect((await call('GET', '/v1/admin/queues')).body.queues).toMatchObject([{ mailbox, ready: 0 }]);
    expect((await call('POST', `/v1/admin/queues/${mailbox}/pause`)).status).toBe(200);
    const unknown = await call('POST', '/v1/admin/queues/quarry.serach/pause');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'no_such_mailbox' } });
  });
});

describe('the workers', () => {
  const member = {
    id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    kind: 'worker',
    host: 'here',
    pid: 7,
    version: '1.2.3',
    startedAt: Date.UTC(2026, 0, 1),
    roles: ['search'],
    draining: false,
    load: { running: 1, waiting: 2, concurrency: 4 },
    cache: { bytes: 1, maxBytes: 2, hits: 3, misses: 4 },
  } as const;

  it('are listed as they say of themselves, and are drained and undrained', async () => {
    const { membership, jobs } = platform();
    await membership.announce(member, 60_000);
    const { body } = await call('GET', '/v1/admin/workers');
    const shown = { ...member, startedAt: '2026-01-01T00:00:00.000Z', drainRequested: false };
    expect(body).toMatchObject({ workers: [shown], gateways: [{ kind: 'gateway', pid: process.pid, roles: [] }] });
    const drained = await call('POST', `/v1/admin/workers/${member.id}/drain`);
    expect(drained).toMatchObject({ status: 200, body: { id: member.id, drainRequested: true } });
    expect(await jobs.getHint(`draining:${member.id}`)).toBe(1);
    expect((await call('POST', `/v1/admin/workers/${member.id}/undrain`)).body).toMatchObject({
      drainRequested: false,
    });
    expect(await jobs.getHint(`draining:${member.id}`)).toBe(0);
  });

  it('that are not there cannot be drained, nor can gateways', async () => {
    const { gateways } = (await call('GET', '/v1/admin/workers')).body;
    for (const id of [gateways[0].id, 'nobody']) {
      const answer = await call('POST', `/v1/admin/workers/${id}/drain`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'no_such_worker' } });
    }
  });
});

describe('the dead letters', () => {
  it('are shown with their reason and what is known of their job', async () => {
    const id = await failedJob();
    await die([messageOf(id), 'no JSON']);
    const { body } = await call('GET', '/v1/admin/dead-letters');
    expect(body.next).toBeUndefined();
    expect(body.deadLetters).toMatchObject([
      { mailbox, job: id, kind: 'letters', tenant: TENANT, index: 'i', state: 'failed', body: messageOf(id) },
      { mailbox, body: 'no JSON', reason: 'cannot read no JSON', attempts: 1 },
    ]);
    expect(body.deadLetters[1]).not.toHaveProperty('job');
    expect(Date.parse(body.deadLetters[0].diedAt)).toBeGreaterThanOrEqual(Date.parse(body.deadLetters[0].publishedAt));
  });

  it('are paged over all mailboxes', async () => {
    await die(['a1', 'a2', 'a3'], 'quarry.a');
    await die(['b1', 'b2'], 'quarry.b');
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const { body } = await call('GET', `/v1/admin/dead-letters?limit=2${after ? `&after=${after}` : ''}`);
      seen.push(...body.deadLetters.map((letter: { body: string }) => letter.body));
      after = body.next;
    } while (after);
    expect(seen).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
    const { body } = await call('GET', '/v1/admin/dead-letters?mailbox=quarry.b');
    expect(body.deadLetters).toMatchObject([{ body: 'b1' }, { body: 'b2' }]);
  });

  it('are discarded one by one, and all', async () => {
    await die(['a', 'b', 'c']);
    const [first] = (await call('GET', '/v1/admin/dead-letters')).body.deadLetters;
    const one = await call('POST', '/v1/admin/dead-letters/discard', { mailbox, ids: [first.id, 'unknown'] });
    expect(one).toEqual({ status: 200, body: { count: 1 } });
    expect((await call('POST', '/v1/admin/dead-letters/discard', { mailbox, all: true })).body).toEqual({ count: 2 });
    expect((await call('GET', '/v1/admin/dead-letters')).body.deadLetters).toEqual([]);
  });

  it('are put back as they were, when no job failed over them', async () => {
    await die(['a', 'b']);
    const [first] = (await call('GET', '/v1/admin/dead-letters')).body.deadLetters;
    expect((await call('POST', '/v1/admin/dead-letters/replay', { mailbox, ids: [first.id] })).body).toEqual({
      count: 1,
    });
    expect((await call('GET', '/v1/admin/queues')).body.queues).toMatchObject([{ ready: 1, dead: 1 }]);
  });

  it('have the job that failed over them run again, once, with what failed or is missing', async () => {
    const id = await failedJob();
    await die([messageOf(id), messageOf(id, 2)]);
    expect((await call('POST', '/v1/admin/dead-letters/replay', { mailbox, all: true })).body).toEqual({ count: 2 });
    expect((await call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ state: 'running', attempt: 2 });
    expect((await call('GET', '/v1/admin/queues')).body.queues).toMatchObject([{ ready: 1, dead: 0 }]);
  });

  it('do not wake a job that somebody cancelled', async () => {
    const id = await site.startJob(1);
    await platform().jobs.transition(id, ['running'], { state: 'cancelled' });
    await die([messageOf(id)]);
    expect((await call('POST', '/v1/admin/dead-letters/replay', { mailbox, all: true })).body).toEqual({ count: 1 });
    expect((await call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ state: 'cancelled', attempt: 1 });
  });

  it('by the hundreds are all replayed, once', async () => {
    await die(Array.from({ length: 250 }, (_, i) => `m${i}`));
    expect((await call('POST', '/v1/admin/dead-letters/replay', { mailbox, all: true })).body).toEqual({ count: 250 });
    expect((await call('GET', '/v1/admin/queues')).body.queues).toMatchObject([{ ready: 250, dead: 0 }]);
  });

  it.each([
    [{}],
    [{ mailbox }],
    [{ mailbox, ids: [] }],
    [{ mailbox, ids: [1] }],
    [{ mailbox, all: false }],
    [{ mailbox, all: true, ids: ['1'] }],
    [{ mailbox: 'No Mailbox', all: true }],
    [[]],
  ])('are not chosen by %j', async (body) => {
    const answer = await call('POST', '/v1/admin/dead-letters/discard', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  it.each(['limit=0', 'limit=x', 'after=x', 'after=:1'])('are not listed by %s', async (query) => {
    expect(await call('GET', `/v1/admin/dead-letters?${query}`)).toMatchObject({ status: 400 });
  });
});

describe('the jobs', () => {
  it('are those of all tenants, by their states', async () => {
    const [mine, theirs, failed] = [await site.startJob(4), await site.startJob(1, 'other'), await failedJob('other')];
    await site.record(mine, 0, 'a');
    const running = await call('GET', '/v1/admin/jobs?state=queued,running');
    expect(running.body.jobs).toMatchObject([
      { id: theirs, tenant: 'other', state: 'running' },
      { id: mine, tenant: TENANT, progress: { total: 4, done: 1, failed: 0 } },
    ]);
    expect((await call('GET', '/v1/admin/jobs?kind=letters&tenant=other')).body.jobs).toMatchObject([
      { id: failed, state: 'failed' },
      { id: theirs },
    ]);
    const page = await call('GET', '/v1/admin/jobs?state=running,failed&limit=1');
    expect(page.body).toMatchObject({ jobs: [{ id: failed }], next: failed });
    const rest = await call('GET', `/v1/admin/jobs?state=running,failed&limit=5&after=${page.body.next}`);
    expect(rest.body.jobs.map(({ id }: { id: string }) => id)).toEqual([theirs, mine]);
    expect(await call('GET', '/v1/admin/jobs?state=runing')).toMatchObject({ status: 400 });
  });

  it('of any tenant are cancelled', async () => {
    const id = await site.startJob(1, 'other');
    const { status, body } = await call('POST', `/v1/admin/jobs/${id}/cancel`);
    expect({ status, body }).toMatchObject({ status: 200, body: { id, state: 'cancelled' } });
    const unknown = await call('POST', '/v1/admin/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
  });
});

describe('the page', () => {
  it('and its files come with a policy that lets nothing else in', async () => {
    const { url } = site.gateways[0]!;
    const page = await fetch(`${url}/admin`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    const html = await page.text();
    const named = [...html.matchAll(/(?:src|href)="(admin\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(2);
    for (const path of named) expect((await fetch(`${url}/${path}`)).status).toBe(200);
    expect((await fetch(`${url}/admin/assets/main.js`)).headers.get('content-type')).toMatch(/^text\/javascript/);
  });

  it.each(['nothing.js', '..%2f..%2f..%2fpackage.json', '..%2findex.html', '.'])('has no %s', async (name) => {
    const answer = await fetch(`${site.gateways[0]!.url}/admin/assets/${name}`);
    expect(answer.status).toBe(404);
  });
});
