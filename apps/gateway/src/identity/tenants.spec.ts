import { encodeMessage, mailboxOf, MESSAGE_VERSION } from '#libs/jobs';
import { IdentitySite, type Answer, type Call } from './identity-site-fixture.ts';
import { routeCalls, type Paths, type RouteCall, type Things } from './route-calls-fixture.ts';

/**
 * What belongs to one tenant does not exist for another: every route of the OpenAPI document is called with the names of
 * things that are another's and of things that there are not, and the answers are the same but for those names.
 */
let site: IdentitySite;
let calls: RouteCall[];
let owner: Call;
let theirs: Things;
let missing: Things;

const ULID = /[0-9A-HJKMNP-TV-Z]{26}/g;
/** What is told apart by its name; a dead letter's may be any small number. */
const NAMED = ['index', 'document', 'job', 'export', 'key', 'endpoint', 'delivery'] as const;
/** In all that the owner's things are called and contain. */
const MARK = /zebra/;

beforeAll(async () => {
  site = await IdentitySite.start();
  owner = await site.as('acme');
  theirs = await makeThings();
  missing = {
    ...theirs,
    index: 'zebra-indey',
    document: 'zebra-dod',
    job: another(theirs.job),
    export: another(theirs.export),
    part: 'part-99999.ndjson',
    key: another(theirs.key),
    endpoint: another(theirs.endpoint),
    delivery: another(theirs.delivery),
    letter: '999999',
    tenant: 'acmf',
  };
  const { body } = await site.with()('GET', '/docs/openapi.json');
  calls = routeCalls((body as { paths: Paths }).paths);
});
afterAll(() => site.close());

const another = (id: string): string => `${id.slice(0, -4)}0000`;

async function makeThings(): Promise<Things> {
  const index = 'zebra-index';
  const added = await owner(
    'POST',
    `/v1/indexes/${index}/documents?wait=30s`,
    '{"_id":"zebra-doc","t":"zebra stripes"}\n',
  );
  expect(added).toMatchObject({ status: 200, body: { indexed: 1 } });
  const found = await owner('POST', `/v1/indexes/${index}/search?wait=30s`, { q: 'stripes' });
  expect(found).toMatchObject({ status: 200, body: { hits: [{ _id: 'zebra-doc' }] } });
  const job = found.headers.get('quarry-job')!;
  const exported = await owner('POST', `/v1/indexes/${index}/export?wait=30s`);
  expect(exported).toMatchObject({ status: 200, body: { documents: 1, parts: [{ name: 'part-00000.ndjson' }] } });
  const key = await owner('POST', '/v1/keys', { name: 'zebra key', scopes: ['search'] });
  const hook = await owner('POST', '/v1/webhooks', {
    url: 'https://zebra.example.org/hook',
    description: 'zebra hook',
    events: ['job.succeeded'],
  });
  expect(hook.status).toBe(201);
  const sent = await owner('POST', `/v1/webhooks/${hook.body.id}/test`);
  expect(sent.status).toBe(202);
  const mailbox = mailboxOf(site.platform.jobParts.namespace, site.platform.jobParts.kinds.get('search'));
  return {
    index,
    document: 'zebra-doc',
    job,
    export: exported.headers.get('quarry-job')!,
    part: 'part-00000.ndjson',
    key: key.body.id,
    endpoint: hook.body.id,
    delivery: sent.body.id,
    letter: await deadLetterOf(job, 'quarry.graveyard'),
    mailbox: 'quarry.graveyard',
    worker: mailbox,
    tenant: 'acme',
  };
}

/** A message about the owner's job that nobody could do anything with. */
async function deadLetterOf(job: string, mailbox: string): Promise<string> {
  const { broker } = site.platform;
  await broker.publish(mailbox, [
    { body: encodeMessage({ v: MESSAGE_VERSION, type: 'advance', job, kind: 'search' }) },
  ]);
  let died = (): void => {};
  const dead = new Promise<void>((resolve) => (died = resolve));
  const consumer = await broker.consume(mailbox, { concurrency: 1 }, async () => {
    died();
    return { deadLetter: 'zebra trouble' };
  });
  await dead;
  await consumer.close(10_000);
  const [letter] = await broker.deadLetters(mailbox, { limit: 1 });
  return letter!.id;
}

interface Told {
  readonly status: number;
  readonly headers: readonly string[];
  readonly text: string;
}

/** Without what differs from call to call, and with the names that were sent called alike. */
function told({ status, headers, text }: Answer, sent: Things): Told {
  const alike = (given: string): string =>
    NAMED.map((sort) => [sort, sent[sort]] as const)
      .reduce((all, [sort, name]) => all.replaceAll(name, `<${sort}>`), given)
      .replaceAll(ULID, '<id>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replaceAll(/qk_[\w<>-]+|whsec_[\w+/=]+/g, '<secret>')
      .replaceAll(/"(took|usd|elapsedMs|\w+Ms|\w*[bB]ytes|gets|cacheHits)":[\d.e+-]+/g, '"$1":0');
  const shown = [...headers].filter(([name]) => !['date', 'content-length', 'connection', 'keep-alive'].includes(name));
  return { status, headers: shown.map(([name, value]) => `${name}: ${alike(value)}`), text: alike(text) };
}

/** The owner's things as they are, to tell whether somebody has touched them. */
async function state(): Promise<string[]> {
  const operator = await site.as('acme', { scopes: ['operator'] });
  const { index, document, job, key, endpoint, delivery, mailbox } = theirs;
  const answers = await Promise.all([
    owner('GET', `/v1/indexes/${index}`),
    owner('GET', `/v1/indexes/${index}/documents/${document}`),
    owner('GET', `/v1/jobs/${job}`),
    owner('GET', `/v1/jobs/${theirs.export}/export`),
    owner('GET', `/v1/webhooks/${endpoint}`),
    owner('GET', `/v1/webhooks/callback-secret`),
    operator('GET', `/v1/admin/dead-letters?mailbox=${mailbox}`),
  ]);
  for (const { status } of answers) expect(status).toBe(200);
  const keys = (await owner('GET', '/v1/keys')).body.keys as { id: string }[];
  const log = (await owner('GET', `/v1/webhooks/${endpoint}/deliveries`)).body.deliveries as { id: string }[];
  return [
    ...answers.map(({ text }) => text),
    JSON.stringify(keys.find(({ id }) => id === key)),
    JSON.stringify(log.map(({ id }) => id)),
    delivery,
  ];
}

/** What the owner's things would be told apart by, over all routes. */
async function leaksTo(intruder: Call, absentThings: Things, isHidden: (text: string) => boolean): Promise<string[]> {
  const leaks: string[] = [];
  const ask = async (call: RouteCall, things: Things): Promise<Told> => {
    const { path, body } = call.of(things);
    const answer = await intruder(call.method, path, body);
    const sent = path + JSON.stringify(body ?? '');
    for (const sort of NAMED)
      if (!sent.includes(theirs[sort]) && answer.text.includes(theirs[sort]))
        leaks.push(`${call.name} tells the ${sort}`);
    const said = told(answer, things);
    if (!isHidden(said.text + said.headers.join('\n'))) leaks.push(`${call.name} tells ${said.text}`);
    if (said.status >= 500) leaks.push(`${call.name} answers ${said.status}: ${said.text}`);
    // Whatever the intruder has made in its own place by that name: the next answer must not be about it.
    await intruder('DELETE', `/v1/indexes/${things.index}`);
    return said;
  };
  // Lists first: later the intruder has jobs of its own, about indexes that it calls by those names.
  const naming = (call: RouteCall): number => Number(call.of(theirs).path.includes(theirs.index));
  for (const call of calls.toSorted((a, b) => naming(a) - naming(b))) {
    const foreign = JSON.stringify(await ask(call, theirs));
    if (JSON.stringify(call.of(theirs)) === JSON.stringify(call.of(absentThings))) continue;
    const absent = JSON.stringify(await ask(call, absentThings));
    if (foreign !== absent) leaks.push(`${call.name} tells them apart:\n  ${foreign}\n  ${absent}`);
  }
  return leaks;
}

it('knows every route', () => {
  const routes = new Set(calls.map(({ name }) => name.split('?')[0]));
  expect(routes.size).toBeGreaterThan(25);
  expect(() => routeCalls({ '/v1/secrets/{id}': { get: {} } })).toThrow('does not know {id} of /v1/secrets/{id}');
  expect(() => routeCalls({ '/v1/secrets': { post: {} } })).toThrow('does not know the body of POST /v1/secrets');
  const parameters = [{ name: 'owner', in: 'query' }];
  expect(() => routeCalls({ '/v1/secrets': { get: { parameters } } })).toThrow('does not know ?owner');
});

it('would notice: to the owner the two are not the same', async () => {
  const described = calls.find(({ name }) => name === 'GET /v1/indexes/{index}')!;
  const statuses = [theirs, missing].map(async (things) => (await owner('GET', described.of(things).path)).status);
  expect(await Promise.all(statuses)).toEqual([200, 404]);
});

it('tells another tenant nothing, and lets it change nothing', async () => {
  const before = await state();
  const intruder = await site.as('globex');
  expect(await leaksTo(intruder, missing, (text) => !MARK.test(text) && !text.includes('acme'))).toEqual([]);
  expect(await state()).toEqual(before);
});

it('tells a caller of the same tenant nothing of indexes beyond its own', async () => {
  const before = (await state()).filter((text) => !text.includes('whsec_'));
  const intruder = await site.as('acme', { scopes: ['search', 'index', 'admin'], indexes: ['other-*'] });
  expect(await leaksTo(intruder, { ...missing, tenant: theirs.tenant }, (text) => !MARK.test(text))).toEqual([]);
  expect((await state()).filter((text) => !text.includes('whsec_'))).toEqual(before);
});

it('tells nobody anything without credentials', async () => {
  const nobody = site.with();
  const open = new Set(['GET /healthz', 'GET /readyz']);
  for (const call of calls.filter(({ name }) => !open.has(name))) {
    for (const things of [theirs, missing]) {
      const { path, body } = call.of(things);
      expect([call.name, (await nobody(call.method, path, body)).status]).toEqual([call.name, 401]);
    }
  }
});
