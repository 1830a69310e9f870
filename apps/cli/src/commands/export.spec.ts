import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, FakeQuarry, job, problem, type Answer } from '../cli-test-fixture.ts';

const ROUTE = 'POST /v1/indexes/books/export';
const DOWNLOAD = 'GET /v1/jobs/01JOB/export';
const LINES = '{"_id":"a"}\n{"_id":"b"}\n';
const ended = (result: object = {}): Answer => ({
  status: 202,
  json: job('01JOB', 'succeeded', {
    kind: 'export',
    result: {
      version: 3,
      documents: 2,
      bytes: 24,
      format: 'ndjson',
      compression: 'none',
      parts: [{ name: 'part-00000.ndjson' }],
      failed: 0,
      errors: [],
      ...result,
    },
  }),
});

describe('quarry export', () => {
  let server: FakeQuarry | undefined;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quarry-export-'));
  });
  afterEach(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (submitted: Answer, download: Answer = { text: LINES }): Promise<FakeQuarry> =>
    (server = await new FakeQuarry({ [ROUTE]: submitted, [DOWNLOAD]: download }).start());
  const asked = (fake: FakeQuarry): unknown => JSON.parse(fake.seen[0]!.body);

  it('fetches what the workers wrote into a file, whose name says its format', async () => {
    const fake = await start(ended());
    const path = join(folder, 'out.csv.gz');
    const { code, out } = await cli(['export', 'books', 'year:1990', 'x', '--to', path, '--fields', 'a, b'], fake);
    expect({ code, out }).toEqual({ code: 0, out: `✓ books: 2 documents, 24 B in 1 part to ${path} (version 3)\n` });
    expect(asked(fake)).toEqual({
      query: { query_string: { query: 'year:1990 x' } },
      format: 'csv',
      compression: 'gzip',
      fields: ['a', 'b'],
    });
    expect(await readFile(path, 'utf8')).toBe(LINES);
    expect(await readdir(folder)).toEqual(['out.csv.gz']);
  });

  it('replaces no file that was not said to be replaced', async () => {
    const fake = await start(ended());
    const path = join(folder, 'out.ndjson');
    await writeFile(path, 'mine');
    expect(await cli(['export', 'books', '--to', path], fake)).toMatchObject({
      code: 2,
      err: expect.stringContaining('file_exists'),
    });
    expect((await cli(['export', 'books', '--to', folder], fake)).code).toBe(2);
    expect(fake.seen).toEqual([]);
    expect((await cli(['export', 'books', '--to', path, '--force'], fake)).code).toBe(0);
    expect(await readFile(path, 'utf8')).toBe(LINES);
  });

  it('writes the documents alone to stdout', async () => {
    const fake = await start(ended());
    const { code, out, err } = await cli(['export', 'books', '--to', '-', '--json'], fake);
    expect({ code, out }).toEqual({ code: 0, out: LINES });
    expect(err).toContain('"documents":2');
    expect(asked(fake)).toEqual({});
  });

  it('has the workers write a folder or a bucket', async () => {
    const fake = await start(ended({ target: 's3://out/a', manifest: 's3://out/a/_manifest.json' }));
    const { code, out } = await cli(['export', 'books', '--to', 's3://out/a', '--compression', 'zstd'], fake);
    expect({ code, out }).toEqual({ code: 0, out: '✓ books: 2 documents, 24 B in 1 part to s3://out/a (version 3)\n' });
    expect(asked(fake)).toEqual({ target: 's3://out/a', compression: 'zstd' });
    expect(fake.seen).toHaveLength(1);
    expect((await cli(['export', 'books', '--to', 's3://out/b', '--detach'], fake)).out).toBe('01JOB\n');
  });

  it('does nothing that was not said clearly', async () => {
    const fake = await start(ended());
    for (const args of [
      ['books'],
      ['books', '--to', '-', '--format', 'xml'],
      ['books', '--to', '-', '--compression', 'lz4'],
      ['books', '--to', '-', '--detach'],
    ]) {
      expect([args, (await cli(['export', ...args], fake)).code]).toEqual([args, 2]);
    }
    expect(fake.seen).toEqual([]);
  });

  it('leaves no file when parts are missing or the download fails', async () => {
    const path = join(folder, 'out.ndjson');
    const missing = await start(ended({ failed: 1, errors: [{ code: 'corrupt', detail: 'the segment is damaged' }] }));
    expect(await cli(['export', 'books', '--to', path], missing)).toMatchObject({
      code: 1,
      out: expect.stringContaining('1 part missing: the segment is damaged'),
    });
    expect(missing.seen).toHaveLength(1);
    await missing.close();
    const gone = await start(ended(), problem(404, 'export_gone', 'the parts are no longer there'));
    expect(await cli(['export', 'books', '--to', path], gone)).toMatchObject({
      code: 1,
      err: expect.stringContaining('the parts are no longer there (export_gone)'),
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
