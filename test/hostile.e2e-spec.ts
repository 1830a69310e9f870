import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createGzip, gzipSync } from 'node:zlib';
import { seededRandom, systemClock } from '#libs/kernel';
import { apiOf, ndjson, type Answer, type Api } from './support/api.ts';
import { QuarryProcess } from './support/quarry-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** Hostile documents and queries against the built product: each gets a clear answer, and the server is well afterwards. */
const MiB = 2 ** 20;
const NDJSON = { 'content-type': 'application/x-ndjson' };
const OK = '{"_id":"ok","t":"fine"}';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let quarry: QuarryProcess;
let api: Api;

beforeAll(async () => {
  folder = await temporaryFolder();
  quarry = await QuarryProcess.start({
    dataFolder: join(folder.path, 'data'),
    environment: { QUARRY_BODY_LIMIT: '40MiB', QUARRY_LOG_LEVEL: 'error' },
  });
  api = apiOf(quarry.url);
  expect((await add('control', '{"_id":"c","t":"canary"}')).body).toMatchObject({ indexed: 1 });
});

afterAll(async () => {
  expect(await quarry.stop()).toBe(0);
  // Nothing that a client sent was a fault of ours.
  expect(quarry.printed).not.toContain('"code":"internal"');
  expect(quarry.printed).not.toMatch(/TypeError|RangeError|unhandled/i);
  await folder.remove();
});

afterEach(async () => {
  const began = systemClock.monotonic();
  expect((await api('GET', '/healthz')).body).toEqual({ status: 'ok' });
  expect((await api('GET', '/readyz')).body.status).toBe('ready');
  expect((await search('control', { query: { match: { t: 'canary' } } })).body.hits).toHaveLength(1);
  // An idle machine needs some 20 ms for all three, a busy one seconds; a pattern that ran away keeps the process for minutes.
  expect(systemClock.monotonic() - began).toBeLessThan(20_000);
});

const add = (index: string, lines: string | Uint8Array, query = ''): Promise<Answer> =>
  api('POST', `/v1/indexes/${index}/documents?wait=50s${query}`, lines, NDJSON);
const search = (index: string, body: unknown): Promise<Answer> =>
  api('POST', `/v1/indexes/${index}/search?wait=50s`, body);
const problem = (code: string, status = 400): object => ({
  status,
  body: { status, code, title: expect.any(String) as string, detail: expect.any(String) as string },
});
const repeat = (levels: number, before: string, inner: string, after: string): string =>
  before.repeat(levels) + inner + after.repeat(levels);

async function residentBytes(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

describe('documents', () => {
  it.each<[string, string | Uint8Array, string]>([
    [
      'ten thousand fields',
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i]))),
      'too_many_fields',
    ],
    ['broken UTF-8', Buffer.from([...Buffer.from('{"t":"'), 0xff, 0xc3, 0x28, ...Buffer.from('"}')]), 'bad_utf8'],
    ['arrays 100,000 levels deep', `{"t":${repeat(100_000, '[', '1', ']')}}`, 'document_too_deep'],
    ['objects 100,000 levels deep', repeat(100_000, '{"t":', '1', '}'), 'document_too_deep'],
    ['100,000 levels of nothing', repeat(100_000, '{"t":', 'null', '}'), 'document_too_deep'],
    ['a line of 35 MB', JSON.stringify({ t: 'y'.repeat(35e6) }), 'record_too_large'],
    ['a field called __proto__', '{"__proto__":{"polluted":1}}', 'bad_field_name'],
    ['a field without name', '{"":1}', 'bad_field_name'],
    ['an infinite number', '{"n":1e999}', 'number_out_of_range'],
    ['an empty id', '{"_id":""}', 'bad_id'],
    ['half a character as id', '{"_id":"\\ud800"}', 'bad_id'],
  ])('%s: refused by its line, and the next one goes in', async (_, line, code) => {
    const sent = await add('refused', Buffer.concat([Buffer.from(line), Buffer.from(`\n${OK}\n`)]));
    expect(sent).toMatchObject({ status: 200, body: { indexed: 1, failed: 1, errors: [{ line: 1, item: 0, code }] } });
  });

  it('too deep in a JSON array, or where fields are not indexed: refused alike', async () => {
    const deep = repeat(100_000, '{"t":', '1', '}');
    const expected = { status: 200, body: { indexed: 1, failed: 1, errors: [{ item: 0, code: 'document_too_deep' }] } };
    expect(await api('POST', '/v1/indexes/deep/documents?wait=50s', `[${deep},${OK}]`)).toMatchObject(expected);
    expect((await api('PUT', '/v1/indexes/loose', { settings: { dynamic: false } })).status).toBe(201);
    expect(await add('loose', `${deep}\n${OK}`)).toMatchObject(expected);
    // As deep as is allowed comes back whole.
    const deepest = `{"_id":"d","t":${repeat(999, '[', '1', ']')}}`;
    expect((await add('loose', deepest)).body).toMatchObject({ indexed: 1, failed: 0 });
    expect(JSON.stringify((await api('GET', '/v1/indexes/loose/documents/d')).body._source.t)).toHaveLength(1999);
    expect((await search('loose', { query: { ids: { values: ['d'] } } })).body.hits).toHaveLength(1);
  });

  it('a token of a megabyte is indexed with the words around it', async () => {
    const token = 'x'.repeat(MiB);
    expect((await add('token', JSON.stringify({ _id: 'm', t: `before ${token} whale` }))).body).toMatchObject({
      indexed: 1,
    });
    for (const words of ['whale', 'before', token]) {
      const found = await search('token', {
        query: { match: { t: words } },
        _source: false,
        highlight: { fields: { t: {} } },
      });
      expect(found.body.hits).toMatchObject([{ _id: 'm' }]);
    }
  });

  it('a line of 30 MB goes in, a body over the limit does not', async () => {
    const text = 'lorem ipsum dolor '.repeat(30e6 / 18);
    expect((await add('long', `${JSON.stringify({ _id: 'l', t: text })}\n${OK}`)).body).toMatchObject({
      indexed: 2,
      failed: 0,
    });
    expect((await search('long', { query: { match: { t: 'ipsum' } }, _source: false })).body.hits).toMatchObject([
      { _id: 'l' },
    ]);
    expect((await api('GET', '/v1/indexes/long/documents/l')).body._source.t).toHaveLength(text.length);
    expect(await add('long', 'z'.repeat(50e6))).toMatchObject(problem('body_too_large', 413));
  });

  it('huge arrays are indexed', async () => {
    const document = {
      _id: 'a',
      n: Array.from({ length: 200_000 }, (_, i) => i),
      t: Array.from({ length: 100_000 }, (_, i) => `s${i}`),
    };
    expect((await add('arrays', JSON.stringify(document))).body).toMatchObject({ indexed: 1, failed: 0 });
    const found = await search('arrays', {
      query: { bool: { must: [{ term: { n: 199_999 } }, { match: { t: 's99999' } }] } },
      _source: false,
    });
    expect(found.body.hits).toMatchObject([{ _id: 'a' }]);
  });

  it('numbers and dates at the end of their range are kept or refused, never changed', async () => {
    await api('PUT', '/v1/indexes/ranges', { fields: { l: 'long', x: 'double', d: 'date' } });
    const lines = [
      '{"_id":"max","l":9007199254740991}',
      '{"_id":"min","l":-9007199254740991}',
      '{"l":9007199254740993}',
      '{"l":123456789012345678901234567890}',
      '{"_id":"big","x":1.7976931348623157e308}',
      '{"x":1e999}',
      '{"_id":"tiny","x":5e-324}',
      '{"d":"2024-13-45"}',
      '{"d":9e99}',
      '{"d":"999999-01-01"}',
      '{"_id":"old","d":"0001-01-01"}',
      '{"d":""}',
    ];
    const { body } = await add('ranges', lines.join('\n'));
    expect(body.errors.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [3, 'number_out_of_range'],
      [4, 'number_out_of_range'],
      [6, 'number_out_of_range'],
      [8, 'bad_date'],
      [9, 'bad_date'],
      [10, 'bad_date'],
      [12, 'bad_date'],
    ]);
    const sorted = await search('ranges', { query: { exists: { field: 'l' } }, sort: ['l'] });
    expect(sorted.body.hits.map((hit: { sort: unknown[] }) => hit.sort[0])).toEqual([
      -9007199254740991, 9007199254740991,
    ]);
    expect((await search('ranges', { query: { term: { x: 5e-324 } } })).body.hits).toMatchObject([{ _id: 'tiny' }]);
  });

  it('NUL, half characters and emptiness in text and names come back as they were sent', async () => {
    const documents = [
      { _id: 'n\0ul', t: 'a\0b whale' },
      { _id: 'half', t: 'lone \ud800 whale' },
      { _id: 'empty', t: '', a: [], o: {}, n: null },
    ];
    // No name of a field: it could not be asked for.
    const refused = [{ _id: 'names', 'l\ud800': 'y' }];
    // Stringified by JSON: a half character travels as \ud800.
    expect((await add('odd', ndjson([...documents, ...refused]))).body).toMatchObject({
      indexed: 3,
      failed: 1,
      errors: [{ item: 3, code: 'bad_field_name' }],
    });
    for (const { _id, ...source } of documents) {
      expect((await api('GET', `/v1/indexes/odd/documents/${encodeURIComponent(_id)}`)).body).toMatchObject({
        _id,
        _source: source,
      });
    }
    const found = await search('odd', { query: { match: { t: 'whale \ud800\0' } }, highlight: { fields: { t: {} } } });
    expect(found.body.hits.map((hit: { _id: string }) => hit._id).toSorted()).toEqual(['half', 'n\0ul']);
  });

  it.each([
    'a/b',
    '/',
    `it's "quoted"`,
    'ünïcödé ☃ \u{1f4a9}',
    '%2F',
    '%',
    'a?b#c&d=e',
    'a b+c',
    '../../x',
    'search',
    '__proto__',
    'constructor',
    'x'.repeat(512),
    'é'.repeat(256),
  ])('the id %j is found and deleted by its URL', async (id) => {
    const url = `/v1/indexes/ids/documents/${encodeURIComponent(id)}`;
    expect((await add('ids', JSON.stringify({ _id: id, t: id }))).body).toMatchObject({ indexed: 1, failed: 0 });
    expect((await api('GET', url)).body).toMatchObject({ _id: id, _source: { t: id } });
    expect((await search('ids', { query: { ids: { values: [id] } } })).body.hits).toMatchObject([{ _id: id }]);
    expect((await api('DELETE', `${url}?wait=30s`)).body).toMatchObject({ deleted: 1 });
    expect(await api('GET', url)).toMatchObject(problem('document_not_found', 404));
  });
});

describe('names that every JavaScript object knows', () => {
  it('are names of indexes, fields and aggregations like any other', async () => {
    const own = { plain: 'blue whale', constructor: 'blue whale', toString: 5, valueOf: true, hasOwnProperty: 'x' };
    const sent = await add(
      'constructor',
      ndjson([
        { _id: 'a', ...own },
        { _id: 'b', plain: 'red', constructor: 'red', toString: 7 },
      ]),
    );
    expect(sent.body).toMatchObject({ indexed: 2, failed: 0 });
    expect((await api('GET', '/v1/indexes/constructor/documents/a')).body._source).toEqual(own);
    const scores = await Promise.all(
      ['plain', 'constructor'].map(
        async (field) =>
          (await search('constructor', { query: { match: { [field]: 'blue' } }, searchType: 'dfs' })).body.hits[0]
            ._score,
      ),
    );
    expect(scores[1]).toBe(scores[0]);
    const body = `{"size":0,"aggs":{"__proto__":{"stats":{"field":"toString"}},"toString":{"terms":{"field":"constructor.keyword"},
      "aggs":{"__proto__":{"max":{"field":"toString"}},"constructor":{"value_count":{"field":"hasOwnProperty.keyword"}}}}}}`;
    const { aggs } = (await search('constructor', body)).body;
    expect(Object.keys(aggs).toSorted()).toEqual(['__proto__', 'toString']);
    expect(Object.getOwnPropertyDescriptor(aggs, '__proto__')!.value).toMatchObject({ min: 5, max: 7, sum: 12 });
    expect(aggs.toString.buckets).toMatchObject([
      { key: 'blue whale', constructor: { value: 1 } },
      { key: 'red', constructor: { value: 0 } },
    ]);
    const sorted = await search('constructor', {
      sort: [{ toString: 'desc' }],
      fields: ['toString', '__proto__', 'valueOf'],
    });
    expect(sorted.body.hits.map((hit: { _id: string }) => hit._id)).toEqual(['b', 'a']);
  });

  it.each<[string, string, string, unknown, string]>([
    ['an index', 'PUT', '/v1/indexes/__proto__', {}, 'bad_index_name'],
    ['a field of a definition', 'PUT', '/v1/indexes/names', '{"fields":{"__proto__":"text"}}', 'bad_field_name'],
    ['a type', 'PUT', '/v1/indexes/names', { fields: { a: 'constructor' } }, 'unknown_field_type'],
    [
      'an analyzer',
      'PUT',
      '/v1/indexes/names',
      { fields: { a: { type: 'text', analyzer: 'toString' } } },
      'unknown_analyzer',
    ],
    ['a query', 'POST', '/v1/indexes/control/search', '{"query":{"__proto__":{}}}', 'unknown_query'],
    ['a query', 'POST', '/v1/indexes/control/search', { query: { constructor: {} } }, 'unknown_query'],
    [
      'an aggregation’s type',
      'POST',
      '/v1/indexes/control/search',
      { aggs: { a: { toString: {} } } },
      'unknown_aggregation',
    ],
    ['a key', 'POST', '/v1/indexes/control/search', '{"__proto__":{"size":1}}', 'unknown_key'],
    ['a parameter', 'GET', '/v1/indexes/control/search?__proto__=1', undefined, 'bad_parameter'],
    ['a format', 'POST', '/v1/indexes/control/documents?format=constructor', '{}', 'unknown_format'],
  ])('%s that is none: refused', async (_, method, path, body, code) => {
    expect(await api(method, path, body)).toMatchObject(problem(code));
  });
});

describe('bodies', () => {
  /** A gibibyte of zeros in a megabyte. */
  async function bomb(): Promise<Buffer> {
    const gzip = createGzip();
    const chunks: Buffer[] = [];
    const ended = new Promise((end) => gzip.on('data', (chunk: Buffer) => chunks.push(chunk)).once('end', end));
    const zeros = Buffer.alloc(MiB);
    for (let i = 0; i < 1024; i++) {
      if (!gzip.write(zeros)) await new Promise((drained) => gzip.once('drain', drained));
    }
    gzip.end();
    await ended;
    return Buffer.concat(chunks);
  }

  it('a gzip bomb is stopped by the body limit, in bounded memory', async () => {
    const body = await bomb();
    expect(body.length).toBeLessThan(2 * MiB);
    const before = await residentBytes(quarry.pid);
    let most = before;
    const over = new AbortController();
    const watching = (async () => {
      while (!over.signal.aborted) {
        most = Math.max(most, await residentBytes(quarry.pid));
        await systemClock.sleep(5);
      }
    })();
    const sent = await api('POST', '/v1/indexes/bomb/documents?wait=50s', body, { 'content-encoding': 'gzip' });
    over.abort();
    await watching;
    expect(sent).toMatchObject(problem('body_too_large', 413));
    expect(most - before).toBeLessThan(200 * MiB);
    process.stdout.write(
      `gzip bomb: ${(before / MiB).toFixed()} MiB resident before, at most ${(most / MiB).toFixed()} MiB\n`,
    );
  });

  it.each<[string, Uint8Array | string, Record<string, string>, object]>([
    ['not gzip though it says so', '{"a":1}', { 'content-encoding': 'gzip' }, problem('bad_compression')],
    ['not zstd though it says so', '{"a":1}', { 'content-encoding': 'zstd' }, problem('bad_compression')],
    [
      'gzip cut short',
      gzipSync('{"a":1}\n'.repeat(1000)).subarray(0, 40),
      { 'content-encoding': 'gzip' },
      problem('bad_compression'),
    ],
    ['an unknown encoding', '{"a":1}', { 'content-encoding': 'br' }, problem('unsupported_content_encoding', 415)],
    ['no content type at all', '{"a":1}', { 'content-type': 'constructor' }, problem('unsupported_media_type', 415)],
  ])('%s', async (_, body, headers, expected) => {
    expect(await api('POST', '/v1/indexes/bodies/documents', body, headers)).toMatchObject(expected);
  });

  it('a compressed upload that breaks off leaves no job', async () => {
    const before = (await api('GET', '/v1/jobs?limit=1000')).body.jobs.length;
    const { hostname, port } = new URL(quarry.url);
    const socket = connect(Number(port), hostname);
    const body = gzipSync(JSON.stringify({ _id: 'never' }));
    socket.write(
      `POST /v1/indexes/control/documents HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.subarray(0, 15));
    await new Promise<void>((flushed) => socket.write('', () => flushed()));
    socket.destroy();
    expect((await api('GET', '/v1/jobs?limit=1000')).body.jobs).toHaveLength(before);
    expect(await api('GET', '/v1/indexes/control/documents/never')).toMatchObject(problem('document_not_found', 404));
  });
});

describe('queries', () => {
  const terms = 20_000;
  beforeAll(async () => {
    const lines = Array.from({ length: terms }, (_, i) => ({
      _id: `d${i}`,
      k: `a${i.toString(36)}`,
      n: i,
      t: `a${i.toString(36)} common`,
    }));
    expect((await add('many', ndjson(lines))).body).toMatchObject({ indexed: terms, failed: 0 });
  });

  it.each<[string, unknown, object]>([
    [
      'every value of a unique keyword',
      { size: 0, aggs: { k: { terms: { field: 'k.keyword', size: 65_536 } } } },
      { status: 200 },
    ],
    [
      'terms of more than it may',
      { aggs: { k: { terms: { field: 'k.keyword', size: 65_537 } } } },
      problem('bad_aggregation'),
    ],
    [
      'a histogram of a tiny interval',
      { size: 0, aggs: { n: { histogram: { field: 'n', interval: 0.001 } } } },
      problem('too_many_buckets'),
    ],
    [
      'a histogram of an interval below all precision',
      { size: 0, aggs: { n: { histogram: { field: 'n', interval: 5e-324 } } } },
      problem('too_many_buckets'),
    ],
    [
      'nested terms of everything',
      {
        size: 0,
        aggs: {
          k: {
            terms: { field: 'k.keyword', size: 65_536 },
            aggs: {
              k: { terms: { field: 'k.keyword', size: 65_536 }, aggs: { n: { terms: { field: 'n', size: 65_536 } } } },
            },
          },
        },
      },
      {},
    ],
    ['q of 32 KiB', { q: 'a1 OR '.repeat(5400) + 'a2' }, {}],
    ['q of more', { q: 'x'.repeat(33 * 1024) }, problem('query_string_too_long')],
    ['q of parentheses', { q: '('.repeat(10_000) }, { status: 400 }],
    ['q of stars', { q: '*'.repeat(10_000) }, { status: 400 }],
    ['a prefix of every term', { query: { prefix: { t: 'a' } } }, { status: 200 }],
    ['q with a prefix of every term', { q: 't:a*' }, { status: 200 }],
    [
      'a bool of a thousand clauses',
      { query: { bool: { should: Array.from({ length: 1000 }, (_, i) => ({ match: { t: `a${i.toString(36)}` } })) } } },
      { status: 200, body: { total: { value: 1000 } } },
    ],
    [
      'a bool of ten thousand clauses',
      { query: { bool: { should: Array.from({ length: 10_000 }, (_, i) => ({ match: { t: `a${i}` } })) } } },
      { status: 400 },
    ],
    [
      'a match of ten thousand words',
      { query: { match: { t: Array.from({ length: 10_000 }, (_, i) => `a${i.toString(36)}`).join(' ') } } },
      {},
    ],
    ['ten thousand hits', { size: 10_000 }, { status: 200 }],
    ['more hits', { size: 10_001 }, problem('result_window_too_large')],
    ['from below nothing', { from: -1 }, { status: 400 }],
    ['half a hit', { size: 0.5 }, { status: 400 }],
    ['a size as text', { size: '10; drop' }, { status: 400 }],
    ['a body that is no object', [1, 2], { status: 400 }],
    ['a body that is nothing', 'null', { status: 200 }],
    ['bytes that are no text', Buffer.from([0xff, 0xfe]), problem('bad_utf8')],
    ['a list 100,000 levels deep', `{"query":{"terms":{"t":${repeat(100_000, '[', '', ']')}}}}`, { status: 400 }],
    ['a fetch of 4 MiB and more', `{"q":"${'x'.repeat(5 * MiB)}"}`, problem('body_too_large', 413)],
  ])('%s', async (_, body, expected) => {
    const answer = await search('many', body);
    expect(answer).toMatchObject(expected);
    // A result, or a problem that says what is wrong and is not ours.
    expect([200, 400, 413]).toContain(answer.status);
    if (answer.status !== 200)
      expect(answer).toMatchObject(problem(expect.stringMatching(/^[a-z0-9_]+$/) as unknown as string, answer.status));
    if (answer.status !== 200) expect(answer.body.code).not.toBe('internal');
    if (answer.status === 200) expect(answer.body).toMatchObject({ coverage: 1, shards: { failed: 0 } });
  });

  it('every value of a unique keyword is there', async () => {
    const { body } = await search('many', { size: 0, aggs: { k: { terms: { field: 'k.keyword', size: 65_536 } } } });
    expect(body.aggs.k.buckets).toHaveLength(terms);
  });

  it.each(['?q=a&q=b', '?sort=a&sort=b', '?size=1&size=2', '?from=-1', '?size=1e3', '?wait=1s&wait=2s', '?wait=-1s'])(
    'a search by URL with %s is refused',
    async (parameters) => {
      const answer = await api('GET', `/v1/indexes/many/search${parameters}`);
      expect([answer.status, answer.body.status]).toEqual([400, 400]);
    },
  );

  it('200 parallel searches while an import runs are all answered', async () => {
    const random = seededRandom(3);
    const source = join(folder.path, 'import.ndjson');
    const word = (): string => `w${Math.floor(random.next() ** 2 * 5000).toString(36)}`;
    await writeFile(
      source,
      ndjson(
        Array.from({ length: 40_000 }, (_, n) => ({ _id: `d${n}`, n, t: Array.from({ length: 30 }, word).join(' ') })),
      ),
    );
    const submitted = await api('POST', '/v1/indexes/busy/imports', { source: pathToFileURL(source).href });
    expect(submitted.status).toBe(202);
    const times: number[] = [];
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const began = systemClock.monotonic();
        const query = i % 2 === 0 ? { match: { t: `a${i.toString(36)} common` } } : { prefix: { t: `a${i % 10}` } };
        const { status, body } = await api('POST', '/v1/indexes/many/search', { query });
        times.push(systemClock.monotonic() - began);
        if (status === 200) expect(body.coverage).toBe(1);
        return status;
      }),
    );
    expect(statuses.filter((status) => status !== 200 && status !== 202)).toEqual([]);
    const running = (await api('GET', `/v1/jobs/${submitted.body.id}`)).body.state;
    const ended = await api('GET', `/v1/jobs/${submitted.body.id}?wait=60s`);
    expect(ended.body).toMatchObject({ state: 'succeeded', result: { indexed: 40_000, failed: 0 } });
    times.sort((a, b) => a - b);
    const at = (share: number): string => times[Math.floor(share * (times.length - 1))]!.toFixed();
    const late = statuses.filter((status) => status === 202).length;
    process.stdout.write(
      `200 searches during an import (${running} at their end): p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${late} answered 202\n`,
    );
  });
});

it('an upload that stalls does not hold the shutdown', async () => {
  const grace = 1000;
  const own = await QuarryProcess.start({
    dataFolder: join(folder.path, 'stalled'),
    environment: { QUARRY_SHUTDOWN_GRACE: `${grace}ms` },
  });
  const { hostname, port } = new URL(own.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    'POST /v1/indexes/stalled/documents HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n',
  );
  // The server asks for the body: it is in the route now.
  await new Promise((asked) => socket.once('data', asked));
  socket.write('{"_id":"never"}\n');
  const began = systemClock.monotonic();
  const closed = new Promise((end) => socket.once('close', end));
  expect(await own.stop()).toBe(0);
  const ms = systemClock.monotonic() - began;
  await closed;
  expect(ms).toBeLessThan(grace + 4000);
  process.stdout.write(`SIGTERM while an upload stalls: exit after ${ms.toFixed()} ms of ${grace} ms grace\n`);
});

describe('a disk that is full', () => {
  const BATCH = 2000;
  const batch = (from: number): string =>
    ndjson(
      Array.from({ length: BATCH }, (_, i) => {
        const n = from + i;
        return { _id: `d${n}`, n, t: `common word${n} ${n ** 3} ${'filler '.repeat(20)}` };
      }),
    );
  const started: QuarryProcess[] = [];
  afterAll(() => Promise.all(started.map((each) => each.kill())));

  /**
   * With a disk of 24 MiB at `disk`, a third of it taken: a file system in a mount namespace that ends with the process, so
   * there is nothing to unmount, and no need to be root where the system lets users have namespaces.
   */
  async function onSmallDisk(disk: string, dataFolder: string, store: string): Promise<QuarryProcess> {
    const namespace = process.getuid!() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
    const script =
      'mkdir "$0" && mount -t tmpfs -o size=24m quarry "$0" && head -c 8388608 /dev/zero > "$0/ballast" && exec "$@"';
    const small = await QuarryProcess.start({
      dataFolder,
      runBy: ['unshare', ...namespace, 'sh', '-c', script, disk],
      environment: { QUARRY_STORE: `file://${store}`, QUARRY_LOG_LEVEL: 'fatal' },
    });
    started.push(small);
    return small;
  }
  /** The disk as the process sees it. */
  const inside = (small: QuarryProcess, path: string): string => `/proc/${small.pid}/root${path}`;
  const documentsIn = async (its: Api): Promise<number> => {
    const found = await its('POST', '/v1/indexes/full/search?wait=30s', { size: 0, trackTotalHits: true });
    expect(found).toMatchObject({ status: 200, body: { coverage: 1 } });
    return found.body.total.value as number;
  };

  it('of the store: imports say so, searches go on, and with space again so do imports', async () => {
    const disk = join(folder.path, 'small-store');
    const small = await onSmallDisk(disk, join(folder.path, 'roomy-data'), `${disk}/objects`);
    const its = apiOf(small.url);
    let stored = 0;
    /** An import whose body had room and whose segment has none is tried again for minutes: until then it waits. */
    let waiting: string | undefined;
    let refusal: Answer | undefined;
    while (!refusal) {
      const answer = await its('POST', '/v1/indexes/full/documents?wait=10s', batch(stored), NDJSON);
      if (answer.status === 200) stored += BATCH;
      else if (answer.status === 202 && waiting === undefined) waiting = answer.body.id as string;
      else refusal = answer;
      expect(stored).toBeLessThan(200_000);
    }
    // What is left is no room for one more body.
    expect(refusal).toMatchObject(problem('disk_full', 507));
    process.stdout.write(`full disk: ${stored} documents in, then: ${refusal.body.detail}\n`);
    expect(await documentsIn(its)).toBe(stored);
    await rm(inside(small, `${disk}/ballast`));
    if (waiting !== undefined) {
      const ended = await its('GET', `/v1/jobs/${waiting}?wait=60s`);
      expect(ended.body).toMatchObject({ state: 'succeeded', result: { indexed: BATCH, failed: 0 } });
      stored += BATCH;
    }
    const again = await its('POST', '/v1/indexes/full/documents?wait=60s', batch(stored), NDJSON);
    expect(again).toMatchObject({ status: 200, body: { indexed: BATCH, failed: 0 } });
    expect(await documentsIn(its)).toBe(stored + BATCH);
    expect(await small.stop()).toBe(0);
  });

  it('of everything, to the last byte: each submission is refused at once, and nothing accepted is lost', async () => {
    const disk = join(folder.path, 'small-data');
    const small = await onSmallDisk(disk, disk, `${disk}/objects`);
    const its = apiOf(small.url);
    expect((await its('POST', '/v1/indexes/full/documents?wait=60s', batch(0), NDJSON)).status).toBe(200);
    // An import is accepted, and then there is no more room to go on with it.
    const accepted = await its('POST', '/v1/indexes/full/documents', batch(BATCH), NDJSON);
    expect(accepted.status).toBe(202);
    const rest = await open(inside(small, `${disk}/rest`), 'w');
    await expect(
      (async () => {
        for (;;) await rest.write(Buffer.alloc(4096));
      })(),
    ).rejects.toMatchObject({ code: 'ENOSPC' });
    await rest.close();
    const began = systemClock.monotonic();
    for (let round = 0; round < 3; round++) {
      const refused = await its('POST', '/v1/indexes/full/documents?wait=30s', batch(2 * BATCH), NDJSON);
      expect(refused).toMatchObject(problem('disk_full', 507));
      // What needs no new job is still answered.
      expect((await its('GET', '/v1/indexes/full/documents/d7')).body).toMatchObject({ _source: { n: 7 } });
      expect((await its('GET', '/v1/indexes/full')).status).toBe(200);
      expect((await its('GET', `/v1/jobs/${accepted.body.id}`)).status).toBe(200);
    }
    // At once, as far as the machine lets it: none of the submissions waits its 30 s.
    expect(systemClock.monotonic() - began).toBeLessThan(25_000);
    await rm(inside(small, `${disk}/rest`));
    const ended = await its('GET', `/v1/jobs/${accepted.body.id}?wait=60s`);
    expect(ended.body).toMatchObject({ state: 'succeeded', result: { indexed: BATCH, failed: 0 } });
    expect(await documentsIn(its)).toBe(2 * BATCH);
    expect(await small.stop()).toBe(0);
  });
});
