import { gzipSync, zstdCompressSync } from 'node:zlib';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { apiOf, ndjson, type Api } from './support/api.ts';
import { QuarryProcess } from './support/quarry-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** The built product over HTTP: what DESIGN's table of calls promises, and what bad input gets. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let quarry: QuarryProcess;
let api: Api;

beforeAll(async () => {
  folder = await temporaryFolder();
  quarry = await QuarryProcess.start({
    dataFolder: join(folder.path, 'data'),
    environment: { QUARRY_BODY_LIMIT: '1MiB' },
  });
  api = apiOf(quarry.url);
});

afterAll(async () => {
  expect(await quarry.stop()).toBe(0);
  await folder.remove();
});

const BOOKS = [
  {
    _id: 'b1',
    title: 'The Old Man and the Sea',
    author: 'Hemingway',
    year: 1952,
    tags: ['novel', 'sea'],
    price: 9.5,
    inPrint: true,
    added: '2024-01-10',
  },
  {
    _id: 'b2',
    title: 'Moby-Dick; or, The Whale',
    author: 'Melville',
    year: 1851,
    tags: ['novel', 'sea', 'whale'],
    price: 12,
    inPrint: true,
    added: '2024-01-20T10:00:00Z',
  },
  {
    _id: 'b3',
    title: 'A Farewell to Arms',
    author: 'Hemingway',
    year: 1929,
    tags: ['novel', 'war'],
    price: 11.25,
    inPrint: false,
    added: '2024-02-01',
  },
  {
    _id: 'b4',
    title: 'The Sea-Wolf',
    author: 'London',
    year: 1904,
    tags: ['novel', 'sea'],
    price: 7,
    inPrint: true,
    added: '2024-03-05',
  },
];

async function addBooks(index: string): Promise<void> {
  const added = await api('POST', `/v1/indexes/${index}/documents?wait=30s`, ndjson(BOOKS), {
    'content-type': 'application/x-ndjson',
  });
  expect(added.status).toBe(200);
  expect(added.body).toMatchObject({ indexed: 4, updated: 0, failed: 0, errors: [] });
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema?: { readonly type?: string } }[];
}

const idsOf = (answer: { body: { hits: { _id: string }[] } }): string[] => answer.body.hits.map((hit) => hit._id);

describe('indexes', () => {
  it('are created, described, listed and dropped', async () => {
    const definition = { fields: { title: { type: 'text', analyzer: 'english' }, tag: 'keyword' } };
    expect((await api('PUT', '/v1/indexes/life', definition)).status).toBe(201);
    expect(await api('PUT', '/v1/indexes/life', definition)).toMatchObject({
      status: 409,
      body: { code: 'index_already_exists' },
    });
    const described = await api('GET', '/v1/indexes/life');
    expect(described.body).toMatchObject({ index: 'life', version: 1, documents: 0, segments: 0, bytes: 0 });
    expect(described.body.schema.fields).toMatchObject({
      title: { type: 'text', analyzer: 'english' },
      tag: { type: 'keyword' },
    });
    expect((await api('GET', '/v1/indexes')).body.indexes).toContainEqual(expect.objectContaining({ index: 'life' }));
    expect((await api('DELETE', '/v1/indexes/life')).status).toBe(200);
    expect(await api('GET', '/v1/indexes/life')).toMatchObject({ status: 404, body: { code: 'index_not_found' } });
    expect((await api('PUT', '/v1/indexes/life', {})).status).toBe(201);
  });
});

describe('documents', () => {
  it('go in as NDJSON, a JSON array, CSV, gzip or zstd, and come back one by one', async () => {
    const send = (body: unknown, headers: Record<string, string>, query = ''): ReturnType<Api> =>
      api('POST', `/v1/indexes/forms/documents?wait=30s${query}`, body, headers);
    expect((await send(ndjson([{ _id: 'a', n: 1 }]), {})).body).toMatchObject({ indexed: 1 });
    expect((await send([{ _id: 'b', n: 2 }], {})).body).toMatchObject({ indexed: 1 });
    expect((await send('_id,n\nc,3\n', { 'content-type': 'text/csv' })).body).toMatchObject({ indexed: 1 });
    expect((await send(gzipSync(ndjson([{ _id: 'd', n: 4 }])), { 'content-encoding': 'gzip' })).body).toMatchObject({
      indexed: 1,
    });
    expect(
      (await send(zstdCompressSync(ndjson([{ _id: 'e', n: 5 }])), { 'content-encoding': 'zstd' })).body,
    ).toMatchObject({ indexed: 1 });
    expect((await send(ndjson([{ key: 'f', n: 6 }]), {}, '&idField=key')).body).toMatchObject({ indexed: 1 });
    for (const [at, id] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      const found = await api('GET', `/v1/indexes/forms/documents/${id}`);
      expect(found.body).toMatchObject({ _id: id, _source: { n: at + 1 } });
    }
  });

  it('with an _id replace the one that was there; deleted ones are gone', async () => {
    await addBooks('upsert');
    const again = await api(
      'POST',
      '/v1/indexes/upsert/documents?wait=30s',
      ndjson([
        { ...BOOKS[0], year: 1999 },
        { _id: 'b9', title: 'New' },
      ]),
    );
    expect(again.body).toMatchObject({ indexed: 2, updated: 1, failed: 0 });
    expect((await api('GET', '/v1/indexes/upsert')).body.documents).toBe(5);
    expect((await api('GET', '/v1/indexes/upsert/documents/b1')).body._source.year).toBe(1999);
    const removed = await api('DELETE', '/v1/indexes/upsert/documents/b1?wait=30s');
    expect(removed.body).toMatchObject({ deleted: 1 });
    expect(await api('GET', '/v1/indexes/upsert/documents/b1')).toMatchObject({
      status: 404,
      body: { code: 'document_not_found' },
    });
    expect(idsOf(await api('GET', '/v1/indexes/upsert/search?size=20')).toSorted()).toEqual(['b2', 'b3', 'b4', 'b9']);
  });

  it('that are bad are reported one by one, and the rest goes in', async () => {
    const lines = [
      '{"_id":"1","n":1}',
      '{"n":',
      '[1]',
      '',
      '{"_id":"2","n":"many"}',
      `{"_id":"${'x'.repeat(600)}"}`,
      '{"_id":"3","n":3}',
    ];
    const { body } = await api('POST', '/v1/indexes/partly/documents?wait=30s', lines.join('\n'));
    expect(body).toMatchObject({ indexed: 2, failed: 4 });
    expect(body.errors).toMatchObject([
      { line: 2, item: 1, code: 'bad_json' },
      { line: 3, item: 2, code: 'document_not_an_object' },
      { line: 5, item: 3, code: 'field_type_mismatch' },
      { line: 6, item: 4, code: 'id_too_long' },
    ]);
    const whole = await api('POST', '/v1/indexes/partly/documents?wait=30s&onError=fail', '{"_id":"9"}\n{"n":');
    expect(whole.status).toBe(400);
    expect((await api('GET', '/v1/indexes/partly/documents/9')).status).toBe(404);
  });

  it('sent again under the same Idempotency-Key are one job', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await api('POST', '/v1/indexes/once/documents?wait=30s', ndjson([{ a: 1 }]), key);
    const second = await api('POST', '/v1/indexes/once/documents?wait=30s', ndjson([{ a: 1 }]), key);
    expect(second.headers.get('quarry-job')).toBe(first.headers.get('quarry-job'));
    expect((await api('GET', '/v1/indexes/once')).body.documents).toBe(1);
    const other = await api('POST', '/v1/indexes/once/documents', ndjson([{ a: 2 }]), key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });
});

describe('imports', () => {
  it('take a folder of mixed files and report what is bad by file and line', async () => {
    const source = join(folder.path, 'source');
    await mkdir(join(source, 'deep', '.hidden'), { recursive: true });
    await writeFile(
      join(source, 'a.ndjson'),
      '{"_id":"a1","text":"from ndjson"}\nnot json\n{"_id":"a2","text":"more ndjson"}\n',
    );
    await writeFile(join(source, 'b.json.gz'), gzipSync('[{"_id":"b1","text":"from json"}]'));
    await writeFile(join(source, 'deep', 'c.md'), '# A heading\n\nfrom markdown\n');
    await writeFile(join(source, 'deep', 'd.csv'), '_id,text\nd1,"from, csv"\n');
    await writeFile(join(source, 'deep', '.hidden', 'e.json'), 'broken');
    await writeFile(join(source, 'picture.png'), 'no');
    const { status, body, headers } = await api('POST', '/v1/indexes/mixed/imports?wait=30s', {
      source: pathToFileURL(source).href,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      indexed: 5,
      failed: 1,
      errors: [{ file: join(source, 'a.ndjson'), line: 2, code: 'bad_json' }],
    });
    const job = await api('GET', headers.get('location')!);
    expect(job.body).toMatchObject({
      kind: 'import',
      state: 'succeeded',
      coverage: 1,
      progress: { total: 1, done: 1, failed: 0 },
    });
    expect(
      (await api('POST', '/v1/indexes/mixed/search', { query: { match: { title: 'heading' } } })).body.hits,
    ).toHaveLength(1);
  });
});

describe('search', () => {
  beforeAll(() => addBooks('books'));

  it.each<[string, unknown, string[]]>([
    ['match', { query: { match: { title: 'sea' } } }, ['b4', 'b1']],
    ['match, all words', { query: { match: { title: { query: 'old sea', operator: 'and' } } } }, ['b1']],
    ['phrase', { query: { match_phrase: { title: 'farewell to arms' } } }, ['b3']],
    ['term on a keyword', { query: { term: { 'author.keyword': 'Hemingway' } } }, ['b1', 'b3']],
    ['terms', { query: { terms: { 'tags.keyword': ['war', 'whale'] } } }, ['b2', 'b3']],
    ['range of numbers', { query: { range: { year: { gte: 1904, lt: 1952 } } } }, ['b3', 'b4']],
    ['range of dates', { query: { range: { added: { gt: '2024-01-10', lte: '2024-02-01' } } } }, ['b2', 'b3']],
    ['boolean', { query: { term: { inPrint: false } } }, ['b3']],
    ['exists', { query: { exists: { field: 'price' } } }, ['b1', 'b2', 'b3', 'b4']],
    ['prefix', { query: { prefix: { 'author.keyword': 'Hem' } } }, ['b1', 'b3']],
    ['ids', { query: { ids: { values: ['b4', 'none', 'b2'] } } }, ['b2', 'b4']],
    [
      'bool',
      {
        query: {
          bool: {
            must: { match: { title: 'the' } },
            must_not: { match: { title: 'whale' } },
            filter: [{ range: { year: { lt: 1950 } } }],
          },
        },
      },
      ['b4'],
    ],
    [
      'multi_match',
      {
        query: {
          multi_match: { query: 'london sea', fields: ['title', 'author'], operator: 'and', type: 'cross_fields' },
        },
      },
      ['b4'],
    ],
    ['q', { q: 'title:(sea AND old) OR author:melville' }, ['b1', 'b2']],
    ['sorted', { sort: [{ year: 'desc' }], size: 2 }, ['b1', 'b3']],
    ['paged', { sort: ['year'], size: 2, searchAfter: [1904, 'b4'] }, ['b3', 'b1']],
  ])('%s', async (_, request, ids) => {
    const answer = await api('POST', '/v1/indexes/books/search', request);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ coverage: 1, shards: { failed: 0 } });
    expect(idsOf(answer)).toEqual(ids);
  });

  it('highlights, aggregates, filters the source and counts', async () => {
    const { body } = await api('POST', '/v1/indexes/books/search', {
      query: { match: { title: 'sea' } },
      highlight: { fields: { title: {} } },
      _source: ['title', 'year'],
      trackTotalHits: true,
      aggs: {
        authors: { terms: { field: 'author.keyword' }, aggs: { years: { stats: { field: 'year' } } } },
        decades: { histogram: { field: 'year', interval: 50 } },
        months: { date_histogram: { field: 'added', calendar_interval: 'month' } },
      },
    });
    expect(body.total).toEqual({ value: 2, relation: 'eq' });
    expect(body.hits[0]._source).toEqual({ title: 'The Sea-Wolf', year: 1904 });
    expect(body.hits[0].highlight.title).toEqual(['The <em>Sea</em>-Wolf']);
    expect(body.aggs.authors.buckets).toMatchObject([
      { key: 'Hemingway', doc_count: 1, years: { min: 1952, max: 1952 } },
      { key: 'London', doc_count: 1 },
    ]);
    expect(body.aggs.decades.buckets).toEqual([
      { key: 1900, doc_count: 1 },
      { key: 1950, doc_count: 1 },
    ]);
    expect(
      body.aggs.months.buckets.map((bucket: { key_as_string: string }) => bucket.key_as_string.slice(0, 7)),
    ).toEqual(['2024-01', '2024-02', '2024-03']);
    expect(body.receipt).toMatchObject({ segments: 1, usd: expect.any(Number) as number });
  });

  it('waits for a version that it must contain, but not for ever', async () => {
    const { version } = (await api('GET', '/v1/indexes/books')).body;
    expect((await api('POST', '/v1/indexes/books/search', { q: 'whale', minVersion: version })).status).toBe(200);
    const never = await api('POST', '/v1/indexes/books/search?wait=20s', { q: 'whale', minVersion: version + 99 });
    expect(never).toMatchObject({ status: 504, body: { code: 'version_not_reached' } });
  });

  it('takes a compressed body', async () => {
    const body = gzipSync(JSON.stringify({ q: 'whale' }));
    const answer = await api('POST', '/v1/indexes/books/search', body, { 'content-encoding': 'gzip' });
    expect(idsOf(answer)).toEqual(['b2']);
    const bad = await api('POST', '/v1/indexes/books/search', '{"q":"whale"}', { 'content-encoding': 'gzip' });
    expect(bad).toMatchObject({ status: 400, body: { code: 'bad_compression' } });
  });

  it('is a job that can be polled', async () => {
    const submitted = await api('POST', '/v1/indexes/books/search?wait=0s', { q: 'whale' });
    expect(submitted.status).toBe(202);
    expect(submitted.headers.get('location')).toBe(`/v1/jobs/${submitted.body.id}`);
    const polled = await api('GET', `/v1/jobs/${submitted.body.id}?wait=10s`);
    expect(polled.body).toMatchObject({
      state: 'succeeded',
      kind: 'search',
      index: 'books',
      result: { hits: [{ _id: 'b2' }] },
    });
    const listed = await api('GET', '/v1/jobs?kind=search&state=succeeded&limit=1');
    expect(listed.body.jobs).toHaveLength(1);
    expect(listed.body.next).toBe(listed.body.jobs[0].id);
    expect((await api('DELETE', `/v1/jobs/${submitted.body.id}`)).body.state).toBe('succeeded');
  });
});

describe('bad input', () => {
  beforeAll(() => addBooks('bad'));

  it.each<[string, string, string, unknown, number, string]>([
    ['an unknown index', 'POST', '/v1/indexes/nowhere/search', {}, 404, 'index_not_found'],
    ['an index name that escapes', 'PUT', '/v1/indexes/..%2F..%2Fetc', {}, 400, 'bad_index_name'],
    ['an index name in capitals', 'PUT', '/v1/indexes/Books', {}, 400, 'bad_index_name'],
    ['an unknown field type', 'PUT', '/v1/indexes/typo', { fields: { a: 'txt' } }, 400, 'unknown_field_type'],
    ['an unknown key of a definition', 'PUT', '/v1/indexes/typo', { feilds: {} }, 400, 'bad_index_definition'],
    ['bad JSON', 'POST', '/v1/indexes/bad/search', '{"query":', 400, 'bad_json'],
    ['an unknown query', 'POST', '/v1/indexes/bad/search', { query: { mach: { title: 'x' } } }, 400, 'unknown_query'],
    ['an unknown key', 'POST', '/v1/indexes/bad/search', { siez: 3 }, 400, 'unknown_key'],
    ['half a query string', 'POST', '/v1/indexes/bad/search', { q: 'title:(a AND' }, 400, 'bad_query_string'],
    ['a window too large', 'POST', '/v1/indexes/bad/search', { from: 10_000 }, 400, 'result_window_too_large'],
    [
      'a phrase on a number',
      'POST',
      '/v1/indexes/bad/search',
      { query: { match_phrase: { year: 'x y' } } },
      400,
      'bad_value',
    ],
    [
      'a bad date',
      'POST',
      '/v1/indexes/bad/search',
      { query: { range: { added: { gt: 'someday' } } } },
      400,
      'bad_value',
    ],
    ['an unknown job', 'GET', '/v1/jobs/nope', undefined, 404, 'job_not_found'],
    ['an unknown state', 'GET', '/v1/jobs?state=done', undefined, 400, 'bad_parameter'],
    ['a bad wait', 'GET', '/v1/jobs/nope?wait=soon', undefined, 400, 'bad_duration'],
    ['an unknown route', 'GET', '/v1/indices', undefined, 404, 'no_such_route'],
    ['an unknown method', 'PATCH', '/v1/indexes/bad', {}, 404, 'no_such_route'],
    ['no documents', 'POST', '/v1/indexes/bad/documents', '', 400, 'empty_body'],
    ['a strange content type', 'POST', '/v1/indexes/bad/documents?x', '<a/>', 415, 'unsupported_media_type'],
    ['an unknown format', 'POST', '/v1/indexes/bad/documents?format=parquet', 'PAR1', 400, 'unknown_format'],
    [
      'a source that is not there',
      'POST',
      '/v1/indexes/bad/imports',
      { source: 'file:///no/such/folder' },
      404,
      'source_not_found',
    ],
    ['a source that is no URL', 'POST', '/v1/indexes/bad/imports', { source: './books' }, 400, 'bad_source'],
    [
      'a source that nobody may name',
      'POST',
      '/v1/indexes/bad/imports',
      { source: 'staging:default/x' },
      400,
      'bad_source',
    ],
    ['an import without source', 'POST', '/v1/indexes/bad/imports', {}, 400, 'bad_request'],
  ])('%s', async (_, method, path, body, status, code) => {
    const jobsBefore = (await api('GET', '/v1/jobs?limit=1000')).body.jobs.length;
    const headers: Record<string, string> = path.endsWith('?x') ? { 'content-type': 'application/xml' } : {};
    const answer = await api(method, path, body, headers);
    expect(answer.body).toMatchObject({
      status,
      code,
      title: expect.any(String) as string,
      detail: expect.any(String) as string,
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect((await api('GET', '/v1/jobs?limit=1000')).body.jobs).toHaveLength(jobsBefore);
  });

  it('a query nested too deep', async () => {
    const body = `{"query":${'{"bool":{"must":['.repeat(5000)}{"match_all":{}}${']}}'.repeat(5000)}}`;
    expect(await api('POST', '/v1/indexes/bad/search', body)).toMatchObject({
      status: 400,
      body: { code: 'query_too_deep' },
    });
  });

  it('a body over the limit', async () => {
    const answer = await api('POST', '/v1/indexes/bad/documents', 'x'.repeat(2 * 1024 * 1024));
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  it('an upload that is interrupted leaves no job and no document', async () => {
    const before = (await api('GET', '/v1/jobs?limit=1000')).body.jobs.length;
    const stop = new AbortController();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"_id":"never"}\n'));
        setImmediate(() => stop.abort());
      },
    });
    const sent = fetch(`${quarry.url}/v1/indexes/bad/documents`, {
      method: 'POST',
      body,
      signal: stop.signal,
      duplex: 'half',
    });
    await expect(sent).rejects.toThrow(/abort/);
    expect((await api('GET', '/v1/jobs?limit=1000')).body.jobs).toHaveLength(before);
    expect((await api('GET', '/v1/indexes/bad/documents/never')).status).toBe(404);
  });
});

describe('uploads with a name', () => {
  const send = (query: string, body: string) => api('POST', `/v1/indexes/named/documents?wait=30s&${query}`, body);

  it('replace the text of that name, and tell nobody where a body was put aside', async () => {
    expect((await send('format=markdown&name=notes/a%23b%20ü.md', '# One')).body).toMatchObject({
      indexed: 1,
      updated: 0,
    });
    expect((await send('format=markdown&name=notes/a%23b%20ü.md', '# Two')).body).toMatchObject({
      indexed: 1,
      updated: 1,
    });
    expect(
      (await api('GET', `/v1/indexes/named/documents/${encodeURIComponent('notes/a#b ü.md')}`)).body,
    ).toMatchObject({
      _source: { path: 'notes/a#b ü.md', title: 'Two' },
    });
    const unnamed = await send('format=text', 'anonymous words');
    const id = `upload-${unnamed.headers.get('quarry-job')}`;
    expect((await api('GET', `/v1/indexes/named/documents/${id}`)).body._source).toEqual({
      path: id,
      title: id,
      text: 'anonymous words',
    });
  });

  it('are read by their extension, and need a name that is one', async () => {
    await send('format=csv&name=table.tsv', '_id\tb\nt\t2\n');
    expect((await api('GET', '/v1/indexes/named/documents/t')).body._source).toEqual({ b: 2 });
    expect(await send('name=', '{"a":1}')).toMatchObject({ status: 400, body: { code: 'bad_parameter' } });
    expect(await send(`name=${'x'.repeat(1025)}`, '{"a":1}')).toMatchObject({
      status: 400,
      body: { code: 'bad_parameter' },
    });
  });
});

describe('operations', () => {
  it('health, readiness by dependency, metrics, OpenAPI', async () => {
    expect((await api('GET', '/healthz')).body).toEqual({ status: 'ok' });
    const ready = await api('GET', '/readyz');
    expect(ready.body).toMatchObject({
      status: 'ready',
      dependencies: { store: { status: 'ok' }, broker: { status: 'ok' }, jobs: { status: 'ok' } },
    });
    const metrics = await api('GET', '/metrics');
    expect(metrics.body).toContain('quarry_jobs_submitted_total{kind="search",tenant="default"}');
    expect(metrics.body).toContain('quarry_mailbox_messages');
    expect(await api('GET', '/v1/jobs?after=bogus')).toMatchObject({ status: 400, body: { code: 'bad_parameter' } });
    const openapi = await api('GET', '/docs/openapi.json');
    expect(Object.keys(openapi.body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/indexes/{index}/search',
        '/v1/indexes/{index}/documents',
        '/v1/jobs/{id}',
        '/readyz',
      ]),
    );
    // Every parameter with a schema, every answer described, and what a job, a write and a problem are in it.
    const operations = Object.values(openapi.body.paths as Record<string, Record<string, Operation>>).flatMap((path) =>
      Object.values(path),
    );
    expect(operations.flatMap(({ parameters = [] }) => parameters).filter(({ schema }) => !schema?.type)).toEqual([]);
    const { responses } = openapi.body.paths['/v1/indexes/{index}/documents'].post;
    expect(responses['200'].content['application/json'].schema.properties).toHaveProperty('updated');
    expect(responses['202'].content['application/json'].schema.properties).toHaveProperty('state');
    expect(Object.keys(openapi.body.paths['/v1/jobs/{id}'].get.responses['404'].content)).toEqual([
      'application/problem+json',
    ]);
    expect((await api('GET', '/docs')).status).toBe(200);
  });
});
