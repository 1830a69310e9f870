import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { cli, FakeQuarry, FakeTerminal, job, problem, written, type Answer } from '../cli-test-fixture.ts';

describe('quarry index', () => {
  let folder: string;
  let server: FakeQuarry | undefined;
  const start = async (routes: Record<string, Answer | Answer[]>): Promise<FakeQuarry> =>
    (server = await new FakeQuarry(routes).start());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quarry cli-'));
    writeFileSync(join(folder, 'a.ndjson'), '{"a":1}\n');
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await server?.close();
  });

  const submitted = { 'POST /v1/indexes/books/imports': { status: 202, json: job('J1', 'queued') } };

  it('hands a local path to a local server as an absolute URL, and waits for the end', async () => {
    const fake = await start({
      ...submitted,
      'GET /v1/jobs/J1': [
        { json: job('J1', 'running') },
        { json: job('J1', 'succeeded', { result: written({ updated: 1 }), finishedAt: '2026-01-01T00:00:02.500Z' }) },
      ],
    });
    const { code, out, err } = await cli(['index', 'books', folder, '--format', 'ndjson'], fake);
    expect(JSON.parse(fake.seen[0]!.body)).toEqual({
      source: pathToFileURL(folder).href,
      format: 'ndjson',
      onError: 'skip',
    });
    expect(out).toBe('✓ books: 3 documents indexed, 1 of them replaced in 2.5 s (version 2)\n');
    expect(err).toContain('queued: 25%  1.0 KiB of 4.0 KiB  1,500 documents');
    expect(code).toBe(0);
  });

  it('sends the files when the server may not read them for this caller', async () => {
    const fake = await start({
      'POST /v1/indexes/books/imports': problem(403, 'source_not_allowed', 'files are for operators'),
      'POST /v1/indexes/books/documents': { status: 202, json: job('J1', 'queued') },
      'GET /v1/jobs/J1': { json: job('J1', 'succeeded', { result: written() }) },
    });
    expect((await cli(['index', 'books', folder, '--format', 'ndjson'], fake)).code).toBe(0);
    expect(fake.seen[1]).toMatchObject({ method: 'POST', body: '{"a":1}\n' });
  });

  it('shows the first errors and their number', async () => {
    const errors = [{ file: 'file:///x/a.ndjson', line: 7, code: 'bad_json', detail: 'unexpected }' }];
    const fake = await start({
      ...submitted,
      'GET /v1/jobs/J1': { json: job('J1', 'succeeded', { result: written({ failed: 40, errors }) }) },
    });
    const { code, out } = await cli(['index', 'books', 's3://logs/2026/'], fake);
    expect(out).toContain('3 documents indexed, 40 refused');
    expect(out).toContain('  file:///x/a.ndjson:7  bad_json  unexpected }\n  … and 39 more\n');
    expect(JSON.parse(fake.seen[0]!.body)).toMatchObject({ source: 's3://logs/2026/' });
    expect(code).toBe(0);
  });

  it('fails with the job', async () => {
    const error = { code: 'field_type_mismatch', title: '', detail: 'line 3 is no number' };
    const fake = await start({ ...submitted, 'GET /v1/jobs/J1': { json: job('J1', 'failed', { error }) } });
    expect(await cli(['index', 'books', folder, '--on-error', 'fail'], fake)).toMatchObject({
      code: 1,
      out: '✗ failed: line 3 is no number (field_type_mismatch)\n',
    });
    const { code, out } = await cli(['index', 'books', folder, '--json'], fake);
    expect([code, JSON.parse(out)]).toMatchObject([1, { id: 'J1', state: 'failed' }]);
  });

  it('fails when all was refused, and shows none of its control characters', async () => {
    const errors = [
      { file: 'a\u001B[2J', line: 1, code: 'bad_utf8', detail: `not UTF-8: \u001B[31m\u0007${'x'.repeat(5000)}` },
    ];
    const result = written({ indexed: 0, failed: 1, errors });
    const fake = await start({ ...submitted, 'GET /v1/jobs/J1': { json: job('J1', 'succeeded', { result }) } });
    const terminal = new FakeTerminal({ QUARRY_URL: fake.url });
    let raw = '';
    terminal.onWrite = (text) => (raw += text);
    const { code, out } = await cli(['index', 'books', folder], fake, terminal);
    expect([code, out.split('\n')[0]]).toEqual([1, '✗ books: 0 documents indexed, 1 refused (version 2)']);
    expect(raw).toContain('a [2J:1');
    expect(raw).toContain('not UTF-8: [31m x');
    expect(out.length).toBeLessThan(500);
  });

  it('prints the id and leaves with --detach', async () => {
    const fake = await start(submitted);
    expect(await cli(['index', 'books', folder, '--detach'], fake)).toEqual({ code: 0, out: 'J1\n', err: '' });
    expect(fake.seen).toHaveLength(1);
  });

  it('gives up waiting after --wait, and says that the job goes on', async () => {
    const fake = await start({ ...submitted, 'GET /v1/jobs/J1': { json: job('J1', 'running') } });
    const { code, err } = await cli(['index', 'books', folder, '--wait', '1ms'], fake);
    expect(code).toBe(1);
    expect(err).toContain('quarry jobs J1 --follow');
  });

  it('lets the job go on at Ctrl-C', async () => {
    const fake = await start({ ...submitted, 'GET /v1/jobs/J1': { json: job('J1', 'running') } });
    const terminal = new FakeTerminal({ QUARRY_URL: fake.url });
    terminal.onWrite = (text) => text.includes('queued') && terminal.signal();
    const { code, out, err } = await cli(['index', 'books', folder], fake, terminal);
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain(
      'the job goes on without us: quarry jobs J1 --follow shows it, quarry jobs --cancel J1 stops it',
    );
    expect(terminal.listening).toBe(0);
    expect(fake.seen.every(({ method }) => method !== 'DELETE')).toBe(true);
  });

  it('says that a path does not exist, without asking the server', async () => {
    const fake = await start({});
    expect(await cli(['index', 'books', join(folder, 'nothing')], fake)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there is no file or folder ".*nothing" \(source_not_found\)/),
    });
    expect(fake.seen).toHaveLength(0);
  });

  it('sends the files themselves where the server cannot read them', async () => {
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub/b.csv.gz'), gzipSync('a\n1\n'));
    writeFileSync(join(folder, 'sub/c.bin'), 'x');
    mkdirSync(join(folder, '.git'));
    writeFileSync(join(folder, '.git/d.json'), '{}');
    const fake = await start({
      'POST /v1/indexes/books/documents': { status: 202, json: job('J1', 'queued') },
      'GET /v1/jobs/J1': { json: job('J1', 'succeeded', { result: written() }) },
    });
    expect((await cli(['index', 'books', folder, '--upload'], fake)).code).toBe(0);
    const sent = fake.seen.filter(({ method }) => method === 'POST');
    const named = (name: string): string => new URLSearchParams({ name: join(folder, name) }).toString();
    expect(sent.map(({ path }) => path)).toEqual([
      `/v1/indexes/books/documents?wait=0&${named('a.ndjson')}&format=ndjson&onError=skip`,
      `/v1/indexes/books/documents?wait=0&${named('sub/b.csv.gz')}&format=csv&onError=skip`,
    ]);
    expect(sent[0]!.body).toBe('{"a":1}\n');
    expect(sent[1]!.headers['content-encoding']).toBe('gzip');
  });

  it('passes on why an upload was refused', async () => {
    const fake = await start({
      'POST /v1/indexes/books/documents': problem(413, 'body_too_large', 'the body is larger than 5 bytes'),
    });
    expect(await cli(['index', 'books', join(folder, 'a.ndjson'), '--upload'], fake)).toMatchObject({
      code: 1,
      err: expect.stringContaining('error: the body is larger than 5 bytes (body_too_large)'),
    });
  });
});
