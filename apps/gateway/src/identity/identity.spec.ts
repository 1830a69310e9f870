import { IdentitySite, type Call } from './identity-site-fixture.ts';

let site: IdentitySite;
let acme: Call;
beforeAll(async () => {
  site = await IdentitySite.start();
  acme = await site.as('acme');
  for (const index of ['logs-eu', 'logs-us', 'books'])
    expect((await acme('POST', `/v1/indexes/${index}/documents?wait=30s`, '{"_id":"1","t":"hello"}\n')).status).toBe(
      200,
    );
});
afterAll(() => site.close());

const jobOf = async (call: Call, index: string, kind: 'search' | 'import'): Promise<string> => {
  const answer =
    kind === 'search'
      ? await call('POST', `/v1/indexes/${index}/search?wait=30s`, { q: 'hello' })
      : await call('POST', `/v1/indexes/${index}/documents?wait=30s`, '{"_id":"1","t":"hello"}\n');
  expect(answer.status).toBe(200);
  return answer.headers.get('quarry-job')!;
};

describe('without credentials', () => {
  it('everything asks for them, and says how', async () => {
    const nobody = site.with();
    for (const [method, path] of [
      ['GET', '/v1/indexes'],
      ['POST', '/v1/indexes/books/documents'],
      ['GET', '/v1/jobs'],
      ['GET', '/v1/keys'],
      ['GET', '/metrics'],
    ] as const) {
      const { status, headers, body } = await nobody(method, path, method === 'POST' ? '{}' : undefined);
      expect([path, status, body.code]).toEqual([path, 401, 'missing_credentials']);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="quarry", Basic realm="quarry", charset="UTF-8"');
    }
  });

  it.each(['/healthz', '/readyz', '/', '/docs', '/docs/openapi.json'])('%s answers', async (path) => {
    expect((await site.with()('GET', path)).status).toBe(200);
  });

  it('a route that there is not is not there', async () => {
    expect(await site.with()('GET', '/v1/nothing')).toMatchObject({ status: 404, body: { code: 'no_such_route' } });
  });

  it('a forged token gets as far', async () => {
    const token = await site.token('acme');
    const forged = site.with(`Bearer ${token.slice(0, -2)}`);
    expect(await forged('GET', '/v1/indexes')).toMatchObject({ status: 401, body: { code: 'bad_credentials' } });
  });
});

describe('a scope', () => {
  it('lets in where it is asked for, and nowhere else', async () => {
    const routes = [
      ['search', 'GET', '/v1/indexes'],
      ['search', 'GET', '/v1/indexes/books'],
      ['search', 'GET', '/v1/indexes/books/documents/1'],
      ['search', 'GET', '/v1/indexes/books/search?q=hello'],
      ['search', 'POST', '/v1/indexes/books/search', '{"q":"hello"}'],
      ['index', 'PUT', '/v1/indexes/new', '{}'],
      ['index', 'POST', '/v1/indexes/new/documents', '{"a":1}'],
      ['index', 'DELETE', '/v1/indexes/new/documents/1'],
      ['index', 'DELETE', '/v1/indexes/new'],
      ['admin', 'GET', '/v1/keys'],
      ['admin', 'POST', '/v1/keys', '{"name":"x","scopes":["admin"]}'],
      ['operator', 'GET', '/metrics'],
      ['operator', 'GET', '/v1/admin/jobs'],
    ] as const;
    for (const scope of ['search', 'index', 'admin', 'operator'] as const) {
      const call = await site.as('acme', { scopes: [scope] });
      for (const [needed, method, path, body] of routes) {
        const { status, text } = await call(method, path, body);
        const outcome = `${scope} ${method} ${path}: ${status === 403 ? 'forbidden' : status < 300 ? 'done' : text}`;
        expect(outcome).toBe(`${scope} ${method} ${path}: ${needed === scope ? 'done' : 'forbidden'}`);
      }
    }
  });

  it('may be missing altogether', async () => {
    const call = await site.as('acme', { scopes: [] });
    expect(await call('GET', '/v1/jobs')).toMatchObject({
      status: 403,
      body: { code: 'scope_missing', needed: ['search', 'index'] },
    });
  });

  it('is not enough to delete what matches, or to export to a target: those take two', async () => {
    const deletion = ['POST', '/v1/indexes/books/delete-by-query', '{"q":"nothing"}'] as const;
    const target = ['POST', '/v1/indexes/books/export', '{"target":"s3://x1y/a"}'] as const;
    const reader = await site.as('acme', { scopes: ['search'] });
    const writer = await site.as('acme', { scopes: ['index'] });
    for (const [call, [method, path, body], needed] of [
      [reader, deletion, 'index'],
      [writer, deletion, 'search'],
      [reader, target, 'index'],
      [writer, target, 'search'],
    ] as const) {
      expect(await call(method, path, body)).toMatchObject({
        status: 403,
        body: { code: 'scope_missing', needed: [needed] },
      });
    }
    const both = await site.as('acme', { scopes: ['search', 'index'] });
    expect((await both(...deletion)).status).toBe(202);
    const files = await both('POST', '/v1/indexes/books/export', '{"target":"file:///tmp/nowhere"}');
    expect(files).toMatchObject({ status: 403, body: { code: 'target_not_allowed' } });
  });

  it('of a reader gets an export and its parts, which a writer does not see', async () => {
    const reader = await site.as('acme', { scopes: ['search'] });
    const writer = await site.as('acme', { scopes: ['index'] });
    const done = await reader('POST', '/v1/indexes/books/export?wait=30s');
    expect(done).toMatchObject({ status: 200, body: { documents: 1 } });
    const job = done.headers.get('quarry-job')!;
    for (const path of [`/v1/jobs/${job}`, `/v1/jobs/${job}/export`, `/v1/jobs/${job}/export/part-00000.ndjson`]) {
      expect([path, (await reader('GET', path)).status]).toEqual([path, 200]);
      expect([path, [403, 404].includes((await writer('GET', path)).status)]).toEqual([path, true]);
    }
  });

  it('of a writer shows the jobs that write, and of a reader lets only searches be cancelled', async () => {
    const search = await jobOf(acme, 'books', 'search');
    const write = await jobOf(acme, 'books', 'import');
    const writer = await site.as('acme', { scopes: ['index'] });
    const reader = await site.as('acme', { scopes: ['search'] });
    expect((await writer('GET', `/v1/jobs/${write}`)).status).toBe(200);
    expect((await writer('GET', `/v1/jobs/${search}`)).status).toBe(404);
    expect((await writer('GET', `/v1/jobs/${search}/events`)).status).toBe(404);
    expect((await writer('DELETE', `/v1/jobs/${search}`)).status).toBe(404);
    const listed = (await writer('GET', '/v1/jobs')).body.jobs as { kind: string }[];
    expect(new Set(listed.map(({ kind }) => kind))).not.toContain('search');
    expect((await reader('GET', `/v1/jobs/${write}`)).status).toBe(200);
    expect(await reader('DELETE', `/v1/jobs/${write}`)).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    expect((await reader('POST', `/v1/jobs/${write}/retry`)).status).toBe(403);
    expect((await reader('DELETE', `/v1/jobs/${search}`)).status).toBe(200);
  });
});

describe('index patterns', () => {
  let limited: Call;
  beforeAll(async () => {
    limited = await site.as('acme', { indexes: ['logs-*'] });
  });

  it('show what they match, and of the rest not that it is there', async () => {
    const { body } = await limited('GET', '/v1/indexes');
    expect(body.indexes.map(({ index }: { index: string }) => index)).toEqual(['logs-eu', 'logs-us']);
    expect((await limited('GET', '/v1/indexes/logs-eu')).status).toBe(200);
    expect((await limited('POST', '/v1/indexes/logs-eu/search', { q: 'hello' })).body.hits).toHaveLength(1);
    // Exists, but is not theirs; does not exist; and as the catalog itself says it of one that does not exist.
    const unlimited = await site.as('emptiness');
    for (const [method, rest, payload] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PUT', '', '{}'],
      ['GET', '/documents/1'],
      ['DELETE', '/documents/1'],
      ['POST', '/documents', '{"a":1}'],
      ['POST', '/imports', '{"source":"file:///x"}'],
      ['GET', '/search?q=x'],
      ['POST', '/search', '{}'],
    ] as const) {
      const foreign = await limited(method, `/v1/indexes/books${rest}`, payload);
      const missing = await limited(method, `/v1/indexes/boats${rest}`, payload);
      expect([foreign.status, foreign.text]).toEqual([404, missing.text.replaceAll('boats', 'books')]);
    }
    const genuine = await unlimited('GET', '/v1/indexes/books');
    expect((await limited('GET', '/v1/indexes/books')).text).toBe(genuine.text);
  });

  it('hide the jobs of other indexes', async () => {
    const mine = await jobOf(acme, 'logs-eu', 'search');
    const other = await jobOf(acme, 'books', 'search');
    const unknown = `${other.slice(0, -4)}0000`;
    expect((await limited('GET', `/v1/jobs/${mine}`)).status).toBe(200);
    for (const [method, rest] of [
      ['GET', ''],
      ['GET', '?wait=1s'],
      ['GET', '/events'],
      ['DELETE', ''],
      ['POST', '/retry'],
    ] as const) {
      const foreign = await limited(method, `/v1/jobs/${other}${rest}`);
      const missing = await limited(method, `/v1/jobs/${unknown}${rest}`);
      expect([foreign.status, foreign.text]).toEqual([404, missing.text.replaceAll(unknown, other)]);
      expect(foreign.text).toBe((await (await site.as('globex'))(method, `/v1/jobs/${other}${rest}`)).text);
    }
    for (const path of ['/v1/jobs', '/v1/jobs?limit=1', '/v1/jobs?index=books']) {
      const { jobs } = (await limited('GET', path)).body as { jobs: { index: string }[] };
      for (const { index } of jobs) expect(index).toMatch(/^logs-/);
    }
    const first = (await limited('GET', '/v1/jobs?limit=1')).body;
    const second = (await limited('GET', `/v1/jobs?limit=1&after=${first.next}`)).body;
    expect(second.jobs[0].id < first.jobs[0].id).toBe(true);
  });

  it('are not told of what a missing index may have meant', async () => {
    await acme('PUT', '/v1/indexes/bogs-eu', {});
    expect((await acme('GET', '/v1/indexes/bogs-e')).text).toContain('bogs-eu');
    const wide = await site.as('acme', { indexes: ['bogs-e'] });
    expect((await wide('GET', '/v1/indexes/bogs-e')).text).not.toContain('bogs-eu');
    const search = await wide('POST', '/v1/indexes/bogs-e/search?wait=30s', {});
    expect(search.text).not.toContain('bogs-eu');
    const job = search.headers.get('quarry-job');
    if (job !== null) expect((await wide('GET', `/v1/jobs/${job}`)).text).not.toContain('bogs-eu');
  });
});

describe('API keys over HTTP', () => {
  it('are shown once, do what they say, and end when they are revoked', async () => {
    const made = await acme('POST', '/v1/keys', {
      name: 'ci',
      scopes: ['search'],
      indexes: ['logs-*'],
      expiresIn: '30d',
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { key, id } = made.body as { key: string; id: string };
    expect(made.body).toMatchObject({
      name: 'ci',
      tenant: 'acme',
      scopes: ['search'],
      indexes: ['logs-*'],
      createdBy: 'somebody at acme',
      expiresAt: expect.stringMatching(/^\d{4}-/),
    });
    const holder = site.with(`Bearer ${key}`);
    expect((await holder('GET', '/v1/indexes')).body.indexes).toHaveLength(2);
    expect((await holder('GET', '/v1/keys')).status).toBe(403);
    const listed = await acme('GET', '/v1/keys');
    expect(listed.body.keys.map((one: { id: string }) => one.id)).toContain(id);
    expect(listed.text).not.toContain(key.slice(-43));
    expect(await acme('DELETE', `/v1/keys/${id}`)).toMatchObject({ status: 200, body: { id, revoked: true } });
    expect((await holder('GET', '/v1/indexes')).status).toBe(401);
    expect((await acme('DELETE', `/v1/keys/${id}`)).status).toBe(404);
  });

  it('can do no more than who makes them', async () => {
    const admin = await site.as('acme', { scopes: ['admin', 'search'], indexes: ['logs-*'] });
    const refused = [
      { scopes: ['index'], indexes: ['logs-*'] },
      { scopes: ['operator'], indexes: ['logs-*'] },
      { scopes: ['search'] },
      { scopes: ['search'], indexes: ['*'] },
      { scopes: ['search'], indexes: ['logs-*'], tenant: 'globex' },
    ];
    for (const wanted of refused)
      expect(await admin('POST', '/v1/keys', { name: 'x', ...wanted })).toMatchObject({
        status: 403,
        body: { code: 'not_yours_to_grant' },
      });
    expect((await admin('POST', '/v1/keys', { name: 'x', scopes: ['search'], indexes: ['logs-eu'] })).status).toBe(201);
    const operator = await site.as('acme', { scopes: ['admin', 'search', 'operator'] });
    const abroad = await operator('POST', '/v1/keys', { name: 'x', scopes: ['search'], tenant: 'globex' });
    expect(abroad).toMatchObject({ status: 201, body: { tenant: 'globex' } });
    expect((await operator('GET', '/v1/keys?tenant=globex')).body.keys).toHaveLength(1);
    expect((await acme('GET', '/v1/keys')).text).not.toContain('globex');
    expect((await acme('DELETE', `/v1/keys/${abroad.body.id}`)).status).toBe(404);
  });

  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x', scopes: [] }, 'scopes'],
    [{ name: 'x', scopes: ['root'] }, 'scopes.0'],
    [{ name: 'x', scopes: ['search'], indexes: [] }, 'indexes'],
    [{ name: 'x', scopes: ['search'], indexes: ['A/b'] }, 'indexes.0'],
    [{ name: 'x', scopes: ['search'], tenant: '_identity' }, 'tenant'],
    [{ name: 'x', scopes: ['search'], expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: 'x', scopes: ['search'], expiresIn: '0s' }, 'expiresIn'],
    [{ name: 'x', scopes: ['search'], expiresIn: '1d', expiresAt: '2999-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: 'x', scopes: ['search'], isAdmin: true }, 'the body'],
  ])('are not made of %j', async (body, path) => {
    expect(await acme('POST', '/v1/keys', body)).toMatchObject({ status: 400, body: { code: 'bad_request', path } });
  });
});

describe('a browser that keeps a password', () => {
  it('uses it for its own pages only', async () => {
    const token = await site.token('acme');
    const call = site.with(`Basic ${Buffer.from(`me:${token}`).toString('base64')}`);
    const { host } = new URL(site.url);
    const put = async (headers: Record<string, string>): Promise<number> =>
      (await call('POST', '/v1/indexes/logs-eu/documents', '{"a":1}', headers)).status;
    expect(await put({})).toBe(202);
    expect(await put({ origin: `http://${host}` })).toBe(202);
    expect(await put({ 'sec-fetch-site': 'same-origin' })).toBe(202);
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { origin: `http://${host}.evil.test` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: `http://${host}` },
    ];
    for (const headers of foreign) expect(await put(headers)).toBe(403);
    expect((await call('GET', '/v1/indexes', undefined, { 'sec-fetch-site': 'cross-site' })).status).toBe(200);
    const bearer = site.with(`Bearer ${token}`);
    const cross = { 'sec-fetch-site': 'cross-site' };
    expect((await bearer('POST', '/v1/indexes/logs-eu/documents', '{"a":1}', cross)).status).toBe(202);
  });
});

describe('an import', () => {
  it('reads files of the server for operators only', async () => {
    const source = { source: 'file:///etc/hostname', format: 'text' };
    expect(await acme('POST', '/v1/indexes/logs-eu/imports', source)).toMatchObject({
      status: 403,
      body: { code: 'source_not_allowed' },
    });
    const operator = await site.as('acme', { scopes: ['index', 'operator'] });
    expect((await operator('POST', '/v1/indexes/logs-eu/imports?wait=30s', source)).status).toBe(200);
  });
});

describe('when it cannot be found out who is there', () => {
  it('the answer is neither yes nor no', async () => {
    const other = await IdentitySite.start({
      QUARRY_AUTH: 'http://127.0.0.1:9/jwks',
      QUARRY_JWT_ISSUER: 'https://issuer.test',
      QUARRY_JWT_AUDIENCE: 'quarry',
      QUARRY_METRICS_OPEN: 'yes',
    });
    const header = Buffer.from('{"alg":"ES256","kid":"k"}').toString('base64url');
    const answer = await other.with(`Bearer ${header}.e30.AAAA`)('GET', '/v1/indexes');
    expect(answer).toMatchObject({ status: 503, body: { code: 'jwks_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    // HS256 is not for this server, whoever signs it.
    expect((await (await other.as('acme'))('GET', '/v1/indexes')).status).toBe(401);
    expect((await other.with()('GET', '/metrics')).status).toBe(200);
    await other.close();
  });
});

describe('when authentication is off', () => {
  it('everyone may do everything, but not by way of a browser that shows another site', async () => {
    const open = await IdentitySite.start({ QUARRY_AUTH: 'off' });
    const call = open.with();
    expect((await call('PUT', '/v1/indexes/books', {})).status).toBe(201);
    expect((await call('GET', '/metrics')).status).toBe(200);
    const cross = { 'sec-fetch-site': 'cross-site' };
    expect(await call('POST', '/v1/indexes/books/documents', '{"a":1}', cross)).toMatchObject({
      status: 403,
      body: { code: 'cross_site_request' },
    });
    await open.close();
  });
});
