import { jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { seededRandom } from '#libs/kernel';
import { apiOf, ndjson, type Api } from './support/api.ts';
import { cleanEnvironment } from './support/clean-environment.ts';
import { QuarryProcess } from './support/quarry-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

jest.setTimeout(240_000);

/** Deleting by query and exporting, over HTTP and by the command line, on the built product. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let quarry: QuarryProcess;
let api: Api;
const options = () => ({ dataFolder: join(folder.path, 'data'), environment: { QUARRY_LOG_LEVEL: 'error' } });

beforeAll(async () => {
  folder = await temporaryFolder();
  quarry = await QuarryProcess.start(options());
  api = apiOf(quarry.url);
});
afterAll(async () => {
  await quarry.stop();
  await folder.remove();
});

const numbers = (from: number, to: number): object[] =>
  Array.from({ length: to - from }, (_, i) => ({
    _id: `d${from + i}`,
    n: from + i,
    t: (from + i) % 2 ? 'odd' : 'even',
  }));

async function fill(index: string, ...parts: readonly (readonly object[])[]): Promise<void> {
  for (const part of parts) {
    const added = await api('POST', `/v1/indexes/${index}/documents?wait=60s`, ndjson(part));
    expect(added).toMatchObject({ status: 200, body: { indexed: part.length, failed: 0 } });
  }
}
async function countOf(index: string, q?: string): Promise<number> {
  const body = { size: 0, trackTotalHits: true, ...(q && { q }) };
  return (await api('POST', `/v1/indexes/${index}/search?wait=60s`, body)).body.total.value as number;
}
const textOf = async (path: string): Promise<{ response: Response; bytes: Buffer }> => {
  const response = await fetch(quarry.url + path);
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
/** The command line, as a process with nobody at its terminal. */
function cli(...args: string[]): Promise<Finished> {
  const child = spawn(process.execPath, [resolve('dist/apps/cli/src/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), NO_COLOR: '1', QUARRY_URL: quarry.url },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((done) => {
    child.once('close', (code) => done({ code, out, err }));
  });
}

describe('deleting by query', () => {
  it('counts, then deletes in one version, and repeats nothing', async () => {
    await fill('gone', numbers(0, 60), numbers(60, 100));
    const route = '/v1/indexes/gone/delete-by-query';
    const dry = await api('POST', `${route}?wait=60s`, { q: 't:odd', dryRun: true });
    expect(dry).toMatchObject({ status: 200, body: { matched: 50, deleted: 0, dryRun: true, version: 4 } });
    const key = { 'idempotency-key': 'once' };
    const body = { query: { term: { t: 'odd' } }, maxDocs: 20 };
    const some = await api('POST', `${route}?wait=60s`, body, key);
    expect(some).toMatchObject({ status: 200, body: { matched: 50, deleted: 20, versionConflicts: 0, failed: 0 } });
    expect(some.body).toMatchObject({ indexed: 0, updated: 0, errors: [], segments: 0, version: 5 });
    const again = await api('POST', `${route}?wait=60s`, body, key);
    expect([again.status, again.headers.get('quarry-job'), again.body]).toEqual([
      200,
      some.headers.get('quarry-job'),
      some.body,
    ]);
    expect(await api('POST', route, { q: 'other' }, key)).toMatchObject({ status: 422 });
    expect(await countOf('gone')).toBe(80);
    const rest = await api('POST', `${route}?q=t:odd&conflicts=proceed`);
    expect(rest.status).toBe(202);
    const job = await api('GET', `${rest.headers.get('location')}?wait=60s`);
    expect(job.body).toMatchObject({ kind: 'delete-by-query', state: 'succeeded', result: { deleted: 30 } });
    expect([await countOf('gone'), await countOf('gone', 't:odd')]).toEqual([50, 0]);
  });

  it.each<[string, unknown, number, string]>([
    ['', undefined, 400, 'bad_delete_request'],
    ['', {}, 400, 'bad_delete_request'],
    ['', '{"query":', 400, 'bad_json'],
    ['', [], 400, 'bad_delete_request'],
    ['', { query: { match_al: {} } }, 400, 'unknown_query'],
    ['', { query: { match_all: {} }, dryrun: true }, 400, 'unknown_key'],
    ['', { query: { match_all: {} }, sort: 'n' }, 400, 'unsupported_option'],
    ['', { q: 'a', conflicts: 'maybe' }, 400, 'bad_delete_request'],
    ['?dryrun=true', { q: '*:*' }, 400, 'bad_parameter'],
    ['?dryRun=maybe', { q: '*:*' }, 400, 'bad_parameter'],
    ['?q=a', { q: '*:*' }, 400, 'bad_parameter'],
    ['?maxDocs=-1', { q: '*:*' }, 400, 'bad_parameter'],
    ['', { query: { regexp: { t: '(a|b)*a(a|b){24}' } } }, 400, 'too_complex_pattern'],
  ])('refuses %s %j', async (parameters, body, status, code) => {
    await fill('kept', numbers(0, 3));
    const refused = await api('POST', `/v1/indexes/kept/delete-by-query${parameters}`, body);
    expect([refused.status, refused.body.code]).toEqual([status, code]);
    expect(await countOf('kept')).toBe(3);
  });

  it('refuses an index that is not, and deep nesting', async () => {
    expect(await api('POST', '/v1/indexes/nowhere/delete-by-query', { q: 'a' })).toMatchObject({
      status: 404,
      body: { code: 'index_not_found' },
    });
    const deep = `{"query":${'{"bool":{"must":['.repeat(3000)}{"match_all":{}}${']}}'.repeat(3000)}}`;
    const refused = await api('POST', '/v1/indexes/kept/delete-by-query', deep);
    expect(refused.status).toBe(400);
    expect(await countOf('kept')).toBe(3);
  });
});

describe('exporting', () => {
  beforeAll(() => fill('whole', numbers(0, 40), numbers(40, 100)));

  it('is downloaded as one file or in parts, and imported anew is the same', async () => {
    const done = await api('POST', '/v1/indexes/whole/export?wait=60s', { q: 't:odd' });
    expect(done).toMatchObject({ status: 200, body: { documents: 50, failed: 0, format: 'ndjson' } });
    const job = done.headers.get('quarry-job')!;
    expect(done.body.download).toBe(`/v1/jobs/${job}/export`);
    const { response, bytes } = await textOf(done.body.download as string);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="whole.ndjson"');
    expect(bytes.length).toBe(done.body.bytes);
    const parts = await Promise.all(
      (done.body.parts as { name: string }[]).map(({ name }) => textOf(`${done.body.download}/${name}`)),
    );
    expect(Buffer.concat(parts.map((part) => part.bytes)).equals(bytes)).toBe(true);
    expect((await api('POST', '/v1/indexes/again/documents?wait=60s', bytes)).body).toMatchObject({ indexed: 50 });
    expect([await countOf('again'), await countOf('again', 't:odd')]).toEqual([50, 50]);
    expect(await api('GET', `${done.body.download}/part-9.ndjson`)).toMatchObject({
      status: 404,
      body: { code: 'part_not_found' },
    });
    expect((await api('GET', `${done.body.download}/..%2F..%2Fboundary`)).status).toBe(404);
  });

  it('writes compressed CSV whose parts make one file', async () => {
    const done = await api('POST', '/v1/indexes/whole/export?wait=60s', {
      format: 'csv',
      compression: 'gzip',
      fields: ['n', 't'],
    });
    expect(done.status).toBe(200);
    const { response, bytes } = await textOf(done.body.download as string);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="whole.csv.gz"');
    const rows = gunzipSync(bytes).toString().trimEnd().split('\n');
    expect(rows.length).toBe(101);
    expect(rows.slice(0, 2)).toEqual(['_id,n,t', 'd0,0,even']);
    expect(rows.filter((row) => row.startsWith('_id'))).toHaveLength(1);
  });

  it('writes a folder, once, with a manifest, from which it is imported', async () => {
    const target = pathToFileURL(join(folder.path, 'out')).href;
    const done = await api('POST', '/v1/indexes/whole/export?wait=60s', { target, compression: 'zstd' });
    expect(done).toMatchObject({ status: 200, body: { documents: 100, target, manifest: `${target}/_manifest.json` } });
    const names = (await readdir(join(folder.path, 'out'))).filter((name) => !name.startsWith('.'));
    expect(names.toSorted()).toEqual([
      '_manifest.json',
      ...(done.body.parts as { name: string }[]).map(({ name }) => name),
    ]);
    const manifest = JSON.parse(await readFile(join(folder.path, 'out', '_manifest.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ index: 'whole', documents: 100, parts: done.body.parts });
    const used = await api('POST', '/v1/indexes/whole/export', { target });
    expect(used).toMatchObject({ status: 409, body: { code: 'target_not_empty' } });
    const back = await api('POST', '/v1/indexes/back/imports?wait=60s', { source: target });
    expect(back).toMatchObject({ status: 200, body: { indexed: 100, failed: 0 } });
    expect(await api('GET', `/v1/jobs/${done.headers.get('quarry-job')}/export`)).toMatchObject({
      status: 404,
      body: { code: 'exported_elsewhere' },
    });
  });

  it.each<[unknown, number, string]>([
    [{ target: 'http://127.0.0.1/x' }, 400, 'bad_target'],
    [{ target: 'file:///' }, 400, 'bad_target'],
    [{ target: 'file:///a%00b' }, 400, 'bad_target'],
    [{ target: 's3://x' }, 400, 'bad_target'],
    [{ target: 's3://bucket/../x' }, 400, 'bad_target'],
    [{ sort: 'n' }, 400, 'unsupported_option'],
    [{ format: 'xml' }, 400, 'bad_export_request'],
    [{ format: 'csv', fields: ['nothing*'] }, 400, 'no_columns'],
    [{ query: { match: { n: 'many' } } }, 400, 'bad_value'],
    ['not json', 400, 'bad_json'],
  ])('refuses %j', async (body, status, code) => {
    const refused = await api('POST', '/v1/indexes/whole/export', body);
    expect([refused.status, refused.body.code]).toEqual([status, code]);
  });

  it('never writes into its own data, and has nothing to download of other jobs', async () => {
    for (const own of ['data', 'data/objects/default/whole/segment', '']) {
      const target = pathToFileURL(join(folder.path, own)).href;
      expect(await api('POST', '/v1/indexes/whole/export', { target })).toMatchObject({
        status: 403,
        body: { code: 'target_not_allowed' },
      });
    }
    const search = await api('POST', '/v1/indexes/whole/search?wait=60s', {});
    expect(await api('GET', `/v1/jobs/${search.headers.get('quarry-job')}/export`)).toMatchObject({
      status: 404,
      body: { code: 'not_an_export' },
    });
    expect((await api('GET', '/v1/jobs/01HZZZZZZZZZZZZZZZZZZZZZZZ/export')).status).toBe(404);
  });

  it('is gone with its index', async () => {
    await fill('brief', numbers(0, 3));
    const done = await api('POST', '/v1/indexes/brief/export?wait=60s');
    await api('DELETE', '/v1/indexes/brief');
    expect(await api('GET', done.body.download as string)).toMatchObject({
      status: 404,
      body: { code: 'export_gone' },
    });
  });
});

describe('the command line', () => {
  it('exports to a file and to stdout, and deletes what it is told to', async () => {
    await fill('shelf', numbers(0, 10));
    const path = join(folder.path, 'shelf.ndjson.zst');
    expect(await cli('export', 'shelf', '--to', path)).toMatchObject({
      code: 0,
      out: expect.stringContaining('10 documents'),
    });
    expect(await cli('index', 'copy', path)).toMatchObject({ code: 0 });
    expect(await countOf('copy')).toBe(10);
    const piped = await cli('export', 'shelf', 't:odd', '--to', '-', '--fields', 'n');
    expect(piped.code).toBe(0);
    expect(piped.out.trimEnd().split('\n').toSorted()[0]).toBe('{"_id":"d1","n":1}');
    expect(await cli('delete', 'shelf', 't:odd')).toMatchObject({ code: 2 });
    const counted = await cli('delete', 'shelf', 't:odd', '--dry-run');
    expect(counted).toMatchObject({ code: 0, out: expect.stringContaining('5 documents matched') });
    expect(await countOf('shelf')).toBe(10);
    expect(await cli('delete', 'shelf', 't:odd', '--yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining('5 documents deleted'),
    });
    expect(await countOf('shelf')).toBe(5);
  });
});

const KILLS = 4;
const DOCUMENTS = 16_000;

it(`kill -9 at ${KILLS} random moments: what is deleted is deleted once, what is exported is whole`, async () => {
  const random = seededRandom(20_261_122);
  const killed = await QuarryProcess.start({ ...options(), dataFolder: join(folder.path, 'killed') });
  let server = killed;
  const call: Api = (...args) => apiOf(server.url)(...args);
  const source = join(folder.path, 'killed-source');
  await mkdir(source);
  for (let at = 0; at < 4; at++) {
    const some = numbers((at * DOCUMENTS) / 4, ((at + 1) * DOCUMENTS) / 4);
    await writeFile(join(source, `${at}.ndjson`), ndjson(some));
    const added = await call('POST', '/v1/indexes/k/imports?wait=120s', {
      source: pathToFileURL(join(source, `${at}.ndjson`)).href,
    });
    expect(added).toMatchObject({ status: 200, body: { indexed: DOCUMENTS / 4 } });
  }
  const step = DOCUMENTS / KILLS;
  for (let at = 0; at < KILLS; at++) {
    const range = { range: { n: { lt: (at + 1) * step } } };
    const exporting = await call('POST', '/v1/indexes/k/export', { query: range, compression: 'gzip' });
    const deleting = await call('POST', '/v1/indexes/k/delete-by-query', { query: range });
    expect([exporting.status, deleting.status]).toEqual([202, 202]);
    const [first, second] = [exporting, deleting].map(({ headers }) => headers.get('location')!);
    await call('GET', `${second}?wait=${Math.floor(random.next() ** 2 * 400)}ms`);
    await server.kill();
    server = await QuarryProcess.start({ ...options(), dataFolder: join(folder.path, 'killed') });
    const exported = await call('GET', `${first}?wait=100s`);
    const deleted = await call('GET', `${second}?wait=100s`);
    expect(deleted.body).toMatchObject({ state: 'succeeded', result: { deleted: step, versionConflicts: 0 } });
    // Planned before the deletion, or after it: then all of it is gone.
    expect(exported.body).toMatchObject({ state: 'succeeded', coverage: 1 });
    const response = await fetch(`${server.url}${exported.body.result.download as string}`);
    const lines = Buffer.from(await response.arrayBuffer());
    const documents = lines.length === 0 ? 0 : gunzipSync(lines).toString().trimEnd().split('\n').length;
    expect(documents).toBe(exported.body.result.documents);
    expect([0, step]).toContain(documents);
    const left = await call('POST', '/v1/indexes/k/search?wait=60s', { size: 0, trackTotalHits: true });
    expect(left.body.total.value).toBe(DOCUMENTS - (at + 1) * step);
  }
  expect(await server.stop()).toBe(0);
});
