import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '#libs/kernel';
import { openIdentity, SCOPES } from '#libs/identity';
import { FileObjectStore } from '#libs/object-store';
import { KEY_SCOPES } from '../api/key.ts';
import { cli, FakeQuarry, FakeTerminal, problem, type Answer } from '../cli-test-fixture.ts';

const KEY = {
  id: '01KEY',
  tenant: 'acme',
  name: 'ci',
  scopes: ['search', 'index'],
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'alice',
};

describe('quarry keys', () => {
  let server: FakeQuarry | undefined;
  const start = async (routes: Record<string, Answer>): Promise<FakeQuarry> =>
    (server = await new FakeQuarry(routes).start());
  afterEach(() => server?.close());

  it('makes one, and prints it alone', async () => {
    const fake = await start({ 'POST /v1/keys': { status: 201, json: { ...KEY, key: 'qk_01KEY_secret' } } });
    const made = await cli(
      [
        'keys',
        'create',
        'ci',
        '--scopes',
        'search, index',
        '--indexes',
        'logs-*,books',
        '--expires',
        '30d',
        '--tenant',
        'acme',
      ],
      fake,
    );
    expect(made).toMatchObject({ code: 0, out: 'qk_01KEY_secret\n' });
    expect(made.err).toMatch(/key 01KEY of acme may search, index in all indexes; keep it/);
    expect(JSON.parse(fake.seen[0]!.body)).toEqual({
      name: 'ci',
      scopes: ['search', 'index'],
      indexes: ['logs-*', 'books'],
      expiresIn: '30d',
      tenant: 'acme',
    });
    expect(JSON.parse((await cli(['keys', 'create', 'ci', '--json'], fake)).out)).toMatchObject({
      key: 'qk_01KEY_secret',
    });
    expect(JSON.parse(fake.seen[1]!.body)).toEqual({ name: 'ci', scopes: ['search', 'index'] });
  });

  it('lists them', async () => {
    const expired = { ...KEY, id: '02KEY', indexes: ['logs-*'], expiresAt: '2026-01-02T00:00:00.000Z' };
    const fake = await start({ 'GET /v1/keys': { json: { keys: [KEY, expired] } } });
    const { out } = await cli(['keys', 'list'], fake);
    expect(out).toMatch(/01KEY +ci +acme +search,index +all indexes +2026-01-01 +never/);
    expect(out).toMatch(/02KEY +ci +acme +search,index +logs-\* +2026-01-01 +expired/);
    expect(JSON.parse((await cli(['keys', 'list', '--json'], fake)).out)).toHaveLength(2);
  });

  it('revokes some', async () => {
    const fake = await start({
      'DELETE /v1/keys/01KEY': { json: { id: '01KEY', revoked: true } },
      'DELETE /v1/keys/03KEY': problem(404, 'key_not_found', 'there is no API key "03KEY"'),
    });
    expect(await cli(['keys', 'revoke', '01KEY'], fake)).toEqual({ code: 0, out: '', err: '01KEY is revoked\n' });
    expect(await cli(['keys', 'revoke', '03KEY'], fake)).toMatchObject({
      code: 1,
      err: expect.stringContaining('(key_not_found)'),
    });
  });

  it('answers nonsense with 2', async () => {
    for (const args of [['create'], ['create', 'x', '--scopes', 'root'], ['revoke'], ['frobnicate']])
      expect((await cli(['keys', ...args])).code).toBe(2);
  });

  it('knows the scopes that there are', () => {
    expect(KEY_SCOPES).toEqual(SCOPES);
  });
});

describe('quarry keys create --local', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quarry-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const local = (...args: string[]) =>
    cli(['keys', 'create', 'first', '--local', ...args], undefined, new FakeTerminal({ QUARRY_DATA: folder }));

  it('makes the first key of an installation, good for everything', async () => {
    const { code, out, err } = await local();
    expect([code, err]).toEqual([
      0,
      expect.stringContaining('of default may search, index, admin, operator in all indexes'),
    ]);
    const parts = { clock: systemClock, random: systemRandom };
    const store = new FileObjectStore({ root: join(folder, 'objects'), ...parts });
    const { keys } = openIdentity({ auth: { mode: 'off' }, store, ...parts });
    expect(await keys.verify(out.trim())).toMatchObject({ tenant: 'default', scopes: new Set(SCOPES) });
    await store.close();
  });

  it('takes the same limits', async () => {
    const { out } = await local(
      '--json',
      '--tenant',
      'acme',
      '--scopes',
      'search',
      '--indexes',
      'a*',
      '--expires',
      '1h',
    );
    expect(JSON.parse(out)).toMatchObject({
      tenant: 'acme',
      scopes: ['search'],
      indexes: ['a*'],
      expiresAt: expect.any(String),
    });
    expect((await local('--tenant', '../x')).err).toContain('bad_tenant_name');
    expect((await local('--indexes', 'A/b')).err).toContain('bad_index_name');
    expect((await local('--expires', 'soon')).err).toContain('bad_duration');
  });
});
