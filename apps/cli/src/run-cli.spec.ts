import { cli, FakeQuarry, FakeTerminal, problem } from './cli-test-fixture.ts';

describe('the command line', () => {
  it('answers usage errors with 2, help and version with 0', async () => {
    expect(await cli(['serach', 'x'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining("unknown command 'serach'"),
    });
    expect((await cli([])).code).toBe(2);
    expect((await cli(['search'])).code).toBe(2);
    expect((await cli(['search', 'books', 'x', '--size', 'many'])).code).toBe(2);
    expect((await cli(['index', 'books', 'x', '--format', 'xml'])).code).toBe(2);
    expect((await cli(['index', 'books', 'x', '--detach', '--wait', '1s'])).code).toBe(2);
    expect((await cli(['index', 'books', 'x', '--wait', 'soon'])).code).toBe(2);
    expect((await cli(['jobs', '--cancel'])).code).toBe(2);
    expect((await cli(['jobs', '--limit', '1001'])).code).toBe(2);
    expect(await cli(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('quarry') });
    expect((await cli(['search', '--help'])).code).toBe(0);
    expect(await cli(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('says what to do when no server answers', async () => {
    const server = await new FakeQuarry({}).start();
    await server.close();
    expect(await cli(['jobs', '--url', server.url])).toEqual({
      code: 1,
      out: '',
      err: `error: no Quarry at ${server.url}: start it with npm start (no_server)\n`,
    });
  });

  it('refuses a URL that is none', async () => {
    expect(await cli(['jobs', '--url', 'localhost:7600'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('(bad_url)'),
    });
  });

  it('lets no message move the cursor', async () => {
    const server = await new FakeQuarry({ 'GET /v1/indexes': problem(400, 'odd', 'a\u001B[2Jb\u009Bc') }).start();
    const terminal = new FakeTerminal({ QUARRY_URL: server.url });
    let raw = '';
    terminal.onWrite = (text) => (raw += text);
    await cli(['indexes'], server, terminal);
    expect(raw).toContain('a [2Jb c (odd)');
    await server.close();
  });

  it('shows a problem in one line, or as JSON', async () => {
    const server = await new FakeQuarry({
      'GET /v1/indexes': problem(503, 'store_unavailable', 'the store\nis away'),
    }).start();
    expect(await cli(['indexes'], server)).toEqual({
      code: 1,
      out: '',
      err: 'error: the store is away (store_unavailable)\n',
    });
    const { err } = await cli(['indexes', '--json'], server);
    expect(JSON.parse(err)).toEqual({
      error: { code: 'store_unavailable', detail: 'the store\nis away', status: 503 },
    });
    await server.close();
  });

  it('tells another server from a Quarry', async () => {
    const server = await new FakeQuarry({ 'GET /v1/indexes': { status: 502, text: '<html>bad gateway' } }).start();
    expect((await cli(['indexes'], server)).err).toContain('answered 502 and is no Quarry');
    await server.close();
  });

  it('sends the token, and takes --url before QUARRY_URL', async () => {
    const server = await new FakeQuarry({ 'GET /v1/indexes': { json: { indexes: [] } } }).start();
    const terminal = new FakeTerminal({ QUARRY_URL: 'http://127.0.0.1:9', QUARRY_TOKEN: 'secret' });
    expect(await cli(['indexes', '--url', `${server.url}/`], server, terminal)).toMatchObject({ code: 0, out: '' });
    expect(server.seen[0]).toMatchObject({ path: '/v1/indexes', headers: { authorization: 'Bearer secret' } });
    await server.close();
  });

  it('lists indexes', async () => {
    const books = { index: 'books', version: 7, documents: 12_345, segments: 2, bytes: 1_572_864 };
    const server = await new FakeQuarry({ 'GET /v1/indexes': { json: { indexes: [books] } } }).start();
    expect((await cli(['indexes'], server)).out).toMatch(
      /index +version +documents +segments +size\nbooks +7 +12,345 +2 +1\.5 MiB\n/,
    );
    expect(JSON.parse((await cli(['indexes', '--json'], server)).out)).toEqual([books]);
    await server.close();
  });
});
