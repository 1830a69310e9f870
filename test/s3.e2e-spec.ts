import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeUtf8, seededRandom, systemClock, systemEnvironment, systemRandom } from '#libs/kernel';
import { openS3ObjectStore, type ObjectStore } from '#libs/object-store';
import { apiOf, ndjson, type Api } from './support/api.ts';
import { QuarryProcess } from './support/quarry-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** The built product on a bucket of a real S3 server. */
function variable(name: string): string {
  const value = systemEnvironment()[name];
  if (value === undefined) throw new Error(`${name} is not set: test/services/global-setup.mjs did not run`);
  return value;
}
const server = {
  endpoint: variable('QUARRY_TEST_S3_ENDPOINT'),
  region: variable('QUARRY_TEST_S3_REGION'),
  bucket: variable('QUARRY_TEST_S3_BUCKET'),
  accessKey: variable('QUARRY_TEST_S3_ACCESS_KEY'),
  secretKey: variable('QUARRY_TEST_S3_SECRET_KEY'),
};
/** Everything of this run: the installations' data and the sources they import. */
const root = `e2e/${Buffer.from(systemRandom.bytes(6)).toString('hex')}`;

let bucket: ObjectStore;
async function keysUnder(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bucket.list(prefix)) keys.push(key);
  return keys;
}

/** The settings of an installation on the bucket, under a prefix of its own. */
const environmentOf = (prefix: string): Record<string, string> => ({
  QUARRY_STORE: `s3://${server.bucket}/${root}/${prefix}`,
  QUARRY_S3_ENDPOINT: server.endpoint,
  QUARRY_S3_REGION: server.region,
  AWS_ACCESS_KEY_ID: server.accessKey,
  AWS_SECRET_ACCESS_KEY: server.secretKey,
});

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const started: QuarryProcess[] = [];
async function start(data: string, prefix: string, more: Record<string, string> = {}): Promise<QuarryProcess> {
  const environment = { ...environmentOf(prefix), ...more };
  const quarry = await QuarryProcess.start({ dataFolder: join(folder.path, data), environment });
  started.push(quarry);
  return quarry;
}
beforeAll(async () => {
  bucket = await openS3ObjectStore({
    endpoint: server.endpoint,
    region: server.region,
    bucket: server.bucket,
    prefix: root,
    credentials: { accessKeyId: server.accessKey, secretAccessKey: server.secretKey },
    pathStyle: true,
  });
  folder = await temporaryFolder();
});
afterAll(async () => {
  await Promise.all(started.map((quarry) => quarry.kill()));
  await bucket.deleteMany(await keysUnder(''));
  await bucket.close();
  await folder.remove();
});

const numbersOf = async (api: Api, index: string): Promise<{ total: number; sum: number; max: number }> => {
  const { body } = await api('POST', `/v1/indexes/${index}/search?wait=30s`, {
    size: 0,
    trackTotalHits: true,
    aggs: { n: { stats: { field: 'n' } } },
  });
  expect(body).toMatchObject({ coverage: 1, total: { relation: 'eq' } });
  return { total: body.total.value, sum: body.aggs.n.sum, max: body.aggs.n.max };
};
const numbersBelow = (count: number): { total: number; sum: number; max: number } => ({
  total: count,
  sum: (count * (count - 1)) / 2,
  max: count - 1,
});

it('keeps an index in a bucket, from its creation to its drop', async () => {
  const quarry = await QuarryProcess.start({
    dataFolder: join(folder.path, 'life'),
    environment: environmentOf('life'),
  });
  const api = apiOf(quarry.url);
  expect(
    (await api('PUT', '/v1/indexes/books', { fields: { title: { type: 'text', analyzer: 'english' } } })).status,
  ).toBe(201);
  const added = await api(
    'POST',
    '/v1/indexes/books/documents?wait=30s',
    ndjson([
      { _id: 'b1', title: 'The Old Man and the Sea', year: 1952 },
      { _id: 'b2', title: 'Moby-Dick', year: 1851 },
    ]),
  );
  expect(added).toMatchObject({ status: 200, body: { indexed: 2, updated: 0, failed: 0 } });
  const again = await api(
    'POST',
    '/v1/indexes/books/documents?wait=30s',
    ndjson([{ _id: 'b2', title: 'The Whale', year: 1851 }]),
  );
  expect(again.body).toMatchObject({ indexed: 1, updated: 1 });

  const source = `s3://${server.bucket}/${root}/source`;
  await bucket.put(
    'source/a.ndjson',
    encodeUtf8('{"_id":"a1","title":"whales at sea"}\nnot json\n{"_id":"a2","title":"land"}\n'),
  );
  await bucket.put('source/deep/b.ndjson.gz', gzipSync('{"_id":"c1","title":"a zipped whale"}\n{"_id":\n'));
  await bucket.put('source/picture.png', encodeUtf8('no'));
  const imported = await api('POST', '/v1/indexes/books/imports?wait=30s', { source });
  expect(imported.status).toBe(200);
  expect(imported.body).toMatchObject({ indexed: 3, failed: 2 });
  expect(imported.body.errors).toMatchObject([
    { file: `${source}/a.ndjson`, line: 2, code: 'bad_json' },
    { file: `${source}/deep/b.ndjson.gz`, line: 2, code: 'bad_json' },
  ]);
  const gone = await api('POST', '/v1/indexes/books/imports', { source: `${source}/nothing` });
  expect(gone).toMatchObject({ status: 404, body: { code: 'source_not_found' } });
  const elsewhere = await api('POST', '/v1/indexes/books/imports', { source: 's3://quarry-no-such-bucket/x' });
  expect(elsewhere).toMatchObject({ status: 400, body: { code: 'bucket_not_found' } });

  const found = await api('POST', '/v1/indexes/books/search?wait=30s', { query: { match: { title: 'whale' } } });
  expect(found.body.hits.map((hit: { _id: string }) => hit._id).toSorted()).toEqual(['a1', 'b2', 'c1']);
  expect((await api('DELETE', '/v1/indexes/books/documents/b2?wait=30s')).body).toMatchObject({ deleted: 1 });
  expect((await api('GET', '/v1/indexes/books/documents/b2')).status).toBe(404);
  expect((await api('GET', '/v1/indexes/books/documents/b1')).body._source.year).toBe(1952);

  const target = `s3://${server.bucket}/${root}/exported`;
  const exported = await api('POST', '/v1/indexes/books/export?wait=30s', { target, compression: 'gzip' });
  expect(exported).toMatchObject({ status: 200, body: { documents: 4, manifest: `${target}/_manifest.json` } });
  const files = (exported.body.parts as { name: string }[]).map(({ name }) => `exported/${name}`);
  expect(await keysUnder('exported/')).toEqual(['exported/_manifest.json', ...files]);
  const back = await api('POST', '/v1/indexes/back/imports?wait=30s', { source: target });
  expect(back).toMatchObject({ status: 200, body: { indexed: 4, failed: 0 } });
  expect((await api('DELETE', '/v1/indexes/back')).status).toBe(200);
  for (const [at, status, code] of [
    ['exported', 409, 'target_not_empty'],
    ['life', 403, 'target_not_allowed'],
    ['life/default/books/segment', 403, 'target_not_allowed'],
  ] as const) {
    const refused = await api('POST', '/v1/indexes/books/export', { target: `s3://${server.bucket}/${root}/${at}` });
    expect([refused.status, refused.body.code]).toEqual([status, code]);
  }
  const lost = await api('POST', '/v1/indexes/books/export', { target: 's3://quarry-no-such-bucket/x' });
  expect(lost).toMatchObject({ status: 400, body: { code: 'bucket_not_found' } });
  const purged = await api('POST', '/v1/indexes/books/delete-by-query?wait=30s', { q: 'title:whale' });
  expect(purged.body).toMatchObject({ matched: 2, deleted: 2, versionConflicts: 0 });

  expect((await keysUnder('life/default/books/')).length).toBeGreaterThan(3);
  expect((await api('DELETE', '/v1/indexes/books')).status).toBe(200);
  // Its versions stay, the last of which says that it was dropped, so that nobody who slept commits into it (MAN-1). No
  // segment, no bitmap, no upload, no claim check.
  const left = await keysUnder('life/default/books/');
  expect(left.filter((key) => !/\/manifest\/\d{20}\.json$/.test(key))).toEqual([]);
  expect((await api('GET', '/v1/indexes')).body.indexes).toEqual([]);
  expect((await api('GET', '/readyz')).body).toMatchObject({
    status: 'ready',
    dependencies: { store: { status: 'ok' } },
  });
  expect(await quarry.stop()).toBe(0);
  // The check of conditional writes at the start left nothing either.
  expect((await keysUnder('life/')).filter((key) => !/^life\/default\/(books|back)\//.test(key))).toEqual([]);
});

it('kill -9 in the middle of an import loses no document and doubles none', async () => {
  const rounds = 5;
  const count = 40_000;
  const random = seededRandom(5);
  const word = (): string => `w${Math.floor(random.next() ** 2 * 3000).toString(36)}`;
  const source = `s3://${server.bucket}/${root}/numbers`;
  for (let file = 0; file < 4; file++) {
    const documents = Array.from({ length: count / 4 }, (_, i) => {
      const n = i * 4 + file;
      return { _id: `d${n}`, n, text: Array.from({ length: 20 }, word).join(' ') };
    });
    await bucket.put(`numbers/${file}.ndjson`, encodeUtf8(ndjson(documents)));
  }
  const restart = (): Promise<QuarryProcess> =>
    start('killed', 'killed', { QUARRY_INDEX_MEMORY: '16MiB', QUARRY_LOG_LEVEL: 'error' });
  let quarry = await restart();
  let job: string | undefined;
  let interrupted = 0;
  for (let round = 0; round < rounds; round++) {
    const api = apiOf(quarry.url);
    job ??= (await api('POST', '/v1/indexes/numbers/imports', { source })).body.id as string;
    const polled = await api('GET', `/v1/jobs/${job}?wait=${200 + Math.floor(random.next() * 2500)}ms`);
    expect(['failed', 'cancelled', 'expired']).not.toContain(polled.body.state);
    if (polled.body.state === 'succeeded') {
      expect(polled.body.result).toMatchObject({ indexed: count, failed: 0 });
      job = undefined;
    } else interrupted++;
    await quarry.kill();
    quarry = await restart();
  }
  const api = apiOf(quarry.url);
  if (job !== undefined) {
    const ended = await api('GET', `/v1/jobs/${job}?wait=60s`);
    expect(ended.body).toMatchObject({ state: 'succeeded', result: { indexed: count, failed: 0 } });
  }
  expect(await numbersOf(api, 'numbers')).toEqual(numbersBelow(count));
  expect(interrupted).toBeGreaterThan(0);
  expect(await quarry.stop()).toBe(0);
  process.stdout.write(
    `S3, kill -9: ${interrupted} of ${rounds} kills came in the middle of an import of ${count} documents\n`,
  );
});

it('two installations that share only the bucket write to one index: dense versions, no document lost', async () => {
  const batches = 12;
  const each = 50;
  const all = await Promise.all(['one', 'two'].map((name) => start(`shared-${name}`, 'shared')));
  const apis = all.map((quarry) => apiOf(quarry.url));
  expect((await apis[0]!('PUT', '/v1/indexes/shared', {})).status).toBe(201);
  await Promise.all(
    apis.map(async (api, writer) => {
      const jobs: string[] = [];
      for (let batch = 0; batch < batches; batch++) {
        const from = (writer * batches + batch) * each;
        const documents = Array.from({ length: each }, (_, i) => ({
          _id: `d${from + i}`,
          n: from + i,
          [`by${writer}`]: batch,
        }));
        // Both also fight for one document.
        const sent = await api(
          'POST',
          '/v1/indexes/shared/documents',
          ndjson([...documents, { _id: 'contended', writer, batch }]),
        );
        expect(sent.status).toBe(202);
        jobs.push(sent.body.id as string);
      }
      for (const job of jobs) {
        const { body } = await api('GET', `/v1/jobs/${job}?wait=60s`);
        expect(body).toMatchObject({ state: 'succeeded', result: { indexed: each + 1, failed: 0 } });
      }
    }),
  );
  for (const api of apis) {
    // Each sees what the other wrote last, at once.
    const { total, ...rest } = await numbersOf(api, 'shared');
    expect({ total: total - 1, ...rest }).toEqual(numbersBelow(2 * batches * each));
  }
  const { version } = (await apis[0]!('GET', '/v1/indexes/shared')).body;
  const manifests = (await keysUnder('shared/default/shared/manifest/')).map((key) => Number(key.slice(-25, -5)));
  expect(manifests).toEqual(Array.from({ length: version }, (_, i) => i + 1));
  for (const quarry of all) expect(await quarry.stop()).toBe(0);
});

describe('a store that cannot be used stops the start with one line', () => {
  /** What it printed before it ended with 1, and how long that took. */
  async function refusalOf(environment: Record<string, string>): Promise<{ printed: string; ms: number }> {
    const began = systemClock.monotonic();
    try {
      await start('refused', 'refused', environment);
    } catch (error) {
      const [head, ...printed] = (error as Error).message.split('\n');
      expect(head).toBe('quarry ended with 1 before it was up:');
      return { printed: printed.join('\n').trim(), ms: systemClock.monotonic() - began };
    }
    throw new Error('it started');
  }

  let unsafe: Server;
  beforeAll(async () => {
    // As the popular stand-ins: every PUT succeeds, whatever If-None-Match says; the last body is the object.
    const objects = new Map<string, Buffer>();
    unsafe = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { pathname: key, searchParams } = new URL(request.url!, 'http://x');
        if (request.method === 'PUT') objects.set(key, Buffer.concat(chunks));
        if (request.method === 'GET' && objects.has(key)) response.end(objects.get(key));
        else if (searchParams.has('list-type'))
          response.setHeader('content-type', 'application/xml').end('<ListBucketResult/>');
        else if (request.method === 'POST')
          response.setHeader('content-type', 'application/xml').end('<DeleteResult/>');
        else response.writeHead(request.method === 'PUT' ? 200 : 404).end();
      });
    });
    await new Promise<void>((listening) => unsafe.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => new Promise((closed) => unsafe.close(closed)));

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'wrong credentials',
      () => ({ AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'wrong' }),
      /store s3:\S+ cannot be used: .*check the credentials.*\(access_denied\)$/,
    ],
    [
      'no such bucket',
      () => ({ QUARRY_STORE: 's3://quarry-no-such-bucket/x' }),
      /store s3:\S+ cannot be used: .*make the bucket, or correct its name.*\(bucket_not_found\)$/,
    ],
    [
      'nobody listens',
      () => ({ QUARRY_S3_ENDPOINT: 'http://127.0.0.1:1' }),
      /store s3:\S+ cannot be used: .*check that the endpoint is reachable.*\(store_unavailable\)$/,
    ],
    [
      'conditional writes are ignored',
      () => ({ QUARRY_S3_ENDPOINT: `http://127.0.0.1:${(unsafe.address() as AddressInfo).port}` }),
      /"If-None-Match: \*".*\(conditional_writes_unsupported\)$/,
    ],
  ])('%s', async (what, environment, expected) => {
    const { printed, ms } = await refusalOf(environment());
    expect(printed).toMatch(expected);
    expect(printed).toMatch(/^error: /);
    expect(printed).not.toContain('\n');
    // A start and a few tries; 3 s on an idle machine.
    expect(ms).toBeLessThan(60_000);
    process.stdout.write(`${what}: ${ms.toFixed(0)} ms: ${printed}\n`);
  });
});
