import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '#libs/kernel';
import { apiOf, ndjson, type Answer, type Api } from './support/api.ts';
import { QuarryProcess } from './support/quarry-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/**
 * Queries made to cost more than they should, against the built product: each is answered, or refused by a clear error,
 * in seconds, and the server is well afterwards.
 */
const TERMS = 30_000;
const LONG_WORDS = 150_000;
/** CPU of all threads, which does not depend on what else the machine does; beyond what any of them takes by a factor of ten. */
const MOST_CPU_MS = 20_000;
const MOST_RESIDENT = 3 * 2 ** 30;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let quarry: QuarryProcess;
let api: Api;

const word = (n: number): string => `a${n.toString(36).padStart(4, '0')}`;
const NDJSON = { 'content-type': 'application/x-ndjson' };

beforeAll(async () => {
  folder = await temporaryFolder();
  quarry = await QuarryProcess.start({
    dataFolder: join(folder.path, 'data'),
    environment: { QUARRY_LOG_LEVEL: 'error' },
  });
  api = apiOf(quarry.url);
  const many = Array.from({ length: TERMS }, (_, n) => ({
    _id: `d${n}`,
    k: word(n),
    n,
    d: new Date(1_700_000_000_000 + n * 60_000).toISOString(),
    t: `${word(n)} common ${word(n % 100)} ${'a'.repeat(n % 40)}b`,
  }));
  // One document of megabytes, of few words and of many.
  const long = Array.from({ length: LONG_WORDS }, (_, n) => (n % 3 === 0 ? 'same' : `w${n % 5000}`)).join(' ');
  many.push({ _id: 'long', k: 'long', n: -1, d: '2020-01-01', t: long });
  const added = await api('POST', '/v1/indexes/many/documents?wait=60s', ndjson(many), NDJSON);
  expect(added.body).toMatchObject({ indexed: TERMS + 1, failed: 0 });
});

afterAll(async () => {
  expect(await quarry.stop()).toBe(0);
  expect(quarry.printed).not.toContain('"code":"internal"');
  expect(quarry.printed).not.toMatch(/TypeError|RangeError|unhandled/i);
  await folder.remove();
});

const search = (body: unknown): Promise<Answer> => api('POST', '/v1/indexes/many/search?wait=60s', body);
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const nested = (levels: number, wrap: (inner: unknown) => unknown, inner: unknown): unknown => {
  let query = inner;
  for (let level = 0; level < levels; level++) query = wrap(query);
  return query;
};
const everything = { match: { t: 'common' } };

const QUERIES: readonly (readonly [string, unknown])[] = [
  // Booleans.
  [
    'a bool 49 levels deep',
    { query: nested(45, (inner) => ({ bool: { must: [inner], should: [everything] } }), everything) },
  ],
  [
    'at least half of 4,000 clauses, as a filter',
    {
      query: {
        bool: {
          filter: {
            bool: { should: times(4000, (n) => ({ term: { t: word(n % 100) } })), minimum_should_match: 2000 },
          },
        },
      },
    },
  ],
  [
    '4,000 clauses, sorted by a field',
    { query: { bool: { should: times(4000, (n) => ({ term: { t: word(n) } })) } }, sort: ['n'] },
  ],
  [
    'a tower of dis_max',
    { query: nested(40, (inner) => ({ dis_max: { queries: [inner, everything], tie_breaker: 1 } }), everything) },
  ],
  // Terms.
  ['65,536 terms', { query: { terms: { k: times(65_536, word) } } }],
  ['65,537 terms', { query: { terms: { k: times(65_537, word) } } }],
  [
    '60 times 65,000 terms',
    { query: { bool: { should: times(50, () => ({ terms: { n: times(60_000, (n) => n) } })) } } },
  ],
  ['1,000 prefixes of every term', { query: { bool: { should: times(1000, () => ({ prefix: { t: 'a' } })) } } }],
  [
    '1,000 ranges over every term',
    { query: { bool: { should: times(1000, () => ({ range: { k: { gte: 'a' } } })) } } },
  ],
  // Patterns.
  ['a wildcard that begins with a star', { query: { wildcard: { t: { value: '*z*' } } } }],
  ['a wildcard of stars', { query: { wildcard: { t: { value: '*a'.repeat(200) } } } }],
  [
    '500 wildcards that begin with a star',
    { query: { bool: { should: times(500, (n) => ({ wildcard: { t: { value: `*${n}*a*` } } })) } } },
  ],
  ['a regexp that backtracks', { query: { regexp: { t: { value: '(a+)+c' } } } }],
  ['a regexp of nested repeats', { query: { regexp: { t: { value: '((a{1,100}){1,100}){1,100}b' } } } }],
  ['a regexp whose automaton is exponential', { query: { regexp: { t: { value: `.*a${'.'.repeat(30)}` } } } }],
  ['a regexp of 30 KB', { query: { regexp: { t: { value: '(a|b)*'.repeat(5000) } } } }],
  [
    '100 regexps',
    { query: { bool: { should: times(100, (n) => ({ regexp: { t: { value: `.*a.{${n % 20}}b.*` } } })) } } },
  ],
  [
    '1,000 fuzzy words',
    { query: { match: { t: { query: times(1000, word).join(' '), fuzziness: 2, prefix_length: 0 } } } },
  ],
  ['a fuzzy word of 30 KB', { query: { fuzzy: { t: { value: 'a'.repeat(30_000), fuzziness: 2 } } } }],
  // Phrases.
  [
    'a sloppy phrase over a document of megabytes',
    { query: { match_phrase: { t: { query: 'same same same same', slop: 1000 } } } },
  ],
  ['a phrase of 1,000 equal words', { query: { match_phrase: { t: 'same '.repeat(1000) } } }],
  [
    'a sloppy phrase of 60 equal words',
    { query: { match_phrase: { t: { query: 'same '.repeat(60), slop: 10_000 } } } },
  ],
  [
    'a phrase prefix of everything',
    { query: { match_phrase_prefix: { t: { query: 'common a', max_expansions: 1000 } } } },
  ],
  // Giant strings and numbers.
  ['a term of a megabyte', { query: { term: { k: 'x'.repeat(2 ** 20) } } }],
  ['a match of a megabyte', { query: { match: { t: 'x'.repeat(2 ** 20) } } }],
  ['a match of 200,000 words', { query: { match: { t: 'common '.repeat(200_000) } } }],
  ['a huge from', { from: 1e15 }],
  ['a huge size', { size: 2 ** 53 }],
  [
    'ten thousand hits of everything',
    { size: 10_000, query: { bool: { must: everything, filter: { range: { n: { gte: 0 } } } } }, _source: false },
  ],
  // Highlights.
  [
    'a highlight over megabytes',
    { query: { match: { t: 'same w1 w2 w3' } }, highlight: { fields: { t: { number_of_fragments: 1000 } } } },
  ],
  [
    'a whole field highlighted',
    { query: { match: { t: 'same' } }, highlight: { fields: { t: { number_of_fragments: 0 } } } },
  ],
  ['a highlight of a prefix', { query: { prefix: { t: 'w' } }, highlight: { fields: { t: {} } }, _source: false }],
  // Scores.
  [
    'a tower of function scores',
    {
      query: nested(
        40,
        (inner) => ({ function_score: { query: inner, field_value_factor: { field: 'n', factor: 1e6, missing: 1 } } }),
        everything,
      ),
    },
  ],
  [
    '1,000 functions',
    {
      query: {
        function_score: {
          query: everything,
          functions: times(1000, (n) => ({ filter: { prefix: { t: 'a' } }, gauss: { n: { origin: n, scale: 1 } } })),
        },
      },
    },
  ],
  // Aggregations.
  ['every millisecond of weeks', { size: 0, aggs: { d: { date_histogram: { field: 'd', fixed_interval: '1ms' } } } }],
  ['a histogram of a tiny interval', { size: 0, aggs: { n: { histogram: { field: 'n', interval: 1e-9 } } } }],
  [
    'terms in terms in terms',
    {
      size: 0,
      aggs: {
        a: {
          terms: { field: 'k.keyword', size: 65_536 },
          aggs: {
            b: { terms: { field: 'n', size: 65_536 }, aggs: { c: { terms: { field: 'k.keyword', size: 65_536 } } } },
          },
        },
      },
    },
  ],
  [
    '16 terms aggregations',
    { size: 0, aggs: Object.fromEntries(times(16, (n) => [`a${n}`, { terms: { field: 'n', size: 65_536 } }])) },
  ],
  [
    'cardinalities in every bucket',
    {
      size: 0,
      aggs: { a: { terms: { field: 'n', size: 60_000 }, aggs: { c: { cardinality: { field: 'k.keyword' } } } } },
    },
  ],
  [
    'hits in every bucket',
    { size: 0, aggs: { a: { terms: { field: 'n', size: 60_000 }, aggs: { h: { top_hits: { size: 100 } } } } } },
  ],
  [
    '1,000 filters',
    { size: 0, aggs: { f: { filters: { filters: times(1000, (n) => ({ prefix: { t: word(n).slice(0, 3) } })) } } } },
  ],
  [
    'a composite of everything',
    { size: 0, aggs: { c: { composite: { size: 65_536, sources: [{ n: { terms: { field: 'n' } } }] } } } },
  ],
  // Query strings.
  ['a query string of wildcards', { q: 't:*a* OR '.repeat(3000) + 'b' }],
  ['a query string of fuzzy words', { q: 'aaaaa~2 '.repeat(3000) }],
  ['a query string of regexps', { q: 't:/(a+)+(a+)+c/ '.repeat(1500) }],
  ['a query string of minus signs', { q: '-'.repeat(20_000) + 'a' }],
  ['a query string of boosts', { q: `a${'^9'.repeat(10_000)}` }],
];

async function residentBytes(): Promise<number> {
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${quarry.pid}/status`, 'utf8'))![1]) * 1024;
}

/** So far, of all its threads. */
async function cpuMs(): Promise<number> {
  const stat = await readFile(`/proc/${quarry.pid}/stat`, 'utf8');
  // After the name, which may have spaces: the 12th and the 13th are user and system time in hundredths of a second (proc(5)).
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user! + system!) * 10;
}

describe('hostile queries', () => {
  it.each(QUERIES)('%s', async (title, body) => {
    const began = systemClock.monotonic();
    const cpuBefore = await cpuMs();
    const { status, body: answer } = await search(body);
    const ms = systemClock.monotonic() - began;
    process.stdout.write(
      `${ms.toFixed().padStart(6)} ms ${status} ${title}${status === 200 ? '' : `: ${String(answer.code)}`}\n`,
    );
    if (status === 200) {
      expect(answer).toMatchObject({ coverage: 1, shards: { failed: 0 } });
    } else {
      expect([400, 413]).toContain(status);
      expect(answer).toMatchObject({ status, code: expect.stringMatching(/^[a-z_]+$/) as string });
      expect(answer.detail.length).toBeLessThan(4000);
    }
    expect((await cpuMs()) - cpuBefore).toBeLessThan(MOST_CPU_MS);
    expect(await residentBytes()).toBeLessThan(MOST_RESIDENT);
    expect((await api('GET', '/healthz')).status).toBe(200);
  });
});
