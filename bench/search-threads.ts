import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadCorpus, type BenchDocument } from './corpus.ts';
import { ProductProcess } from './product-process.ts';
import { ms, percentile, table } from './report.ts';
import { askMetrics } from './server-metrics.ts';

export interface SearchThreadsOptions {
  readonly corpus: string | undefined;
  readonly limit: number;
  /** Of the product, one run each. */
  readonly threads: readonly number[];
  /** Clients that ask heavy searches, each the next when it has its answer. */
  readonly clients: number;
  /** Of each measurement. */
  readonly seconds: number;
}

interface HeavySearch {
  readonly query?: object;
  readonly [part: string]: unknown;
}

/** What keeps an engine busy; each some 10 to 100 ms in one thread over 50,000 articles. */
const HEAVY: readonly HeavySearch[] = [
  {
    size: 0,
    aggs: {
      c: {
        terms: { field: 'category.keyword' },
        aggs: { s: { stats: { field: 'length' } }, p: { percentiles: { field: 'length' } } },
      },
    },
  },
  { size: 0, aggs: { u: { cardinality: { field: 'source.keyword' } }, s: { stats: { field: 'price' } } } },
  { query: { match_phrase: { body: 'of the' } }, _source: false },
  {
    size: 0,
    query: { match: { body: 'war city river state music' } },
    aggs: { h: { histogram: { field: 'length', interval: 500 }, aggs: { a: { avg: { field: 'price' } } } } },
  },
];
const LIGHT = { query: { match: { body: 'zinc copper' } } };
const PAUSE_MS = 5;

/** No two alike, since what a search without hits found in a segment is remembered. */
function heavy(nth: number): object {
  const { query = { match_all: {} }, ...body }: HeavySearch = HEAVY[nth % HEAVY.length]!;
  return { ...body, query: { bool: { must: [query], filter: [{ range: { length: { gte: nth } } }] } } };
}

/**
 * What threads do for a process that searches: the built product, standalone, warm, on one index. Heavy searches by several
 * clients: how many a second, how late the event loop is meanwhile, how long a light search and a request for nothing take
 * beside them; and what the light search takes alone.
 */
export async function searchThreads(options: SearchThreadsOptions): Promise<void> {
  const { corpus, limit, threads: counts, clients, seconds } = options;
  const folder = await mkdtemp(join(tmpdir(), 'quarry-bench-'));
  try {
    const { name, documents } = await loadCorpus(corpus, limit);
    const file = join(folder, 'corpus.ndjson');
    await writeFile(file, documents.map(lineOf).join(''));
    process.stdout.write(`\n${name}, ${documents.length} documents; ${clients} clients ask heavy searches\n`);
    const data = join(folder, 'data');
    const start = (count: number): Promise<ProductProcess> =>
      ProductProcess.start({
        app: 'standalone',
        environment: { QUARRY_LOG_LEVEL: 'error', QUARRY_SEARCH_THREADS: String(count) },
        arguments: ['--data', data, '--port', '0'],
        ready: /is up at (http:\/\/\S+)[^]*Try next/,
      });
    const builder = await start(2);
    await post(`${builder.said}/v1/indexes/bench/imports?wait=600s`, { source: pathToFileURL(file).href });
    await builder.stop();
    const rows: string[][] = [];
    for (const count of counts) {
      const server = await start(count);
      try {
        rows.push([String(count), ...(await measure(server.said, clients, seconds))]);
      } finally {
        await server.stop();
      }
    }
    table(
      [
        'threads',
        'heavy / s',
        'p50 ms',
        'p99',
        'loop late p50 ms',
        'p99',
        'most',
        'light beside p50 ms',
        'p99',
        '/healthz p99',
        'light alone p50 ms',
        'p99',
        'MB resident',
      ],
      rows,
    );
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Fields to count by, made of the text: always the same. */
function lineOf({ id, body }: BenchDocument, at: number): string {
  const document = {
    _id: id,
    body,
    category: `c${(at * 7919) % 40}`,
    source: `s${(at * 7919) % 20_000}`,
    length: body.length,
    price: ((at * 104_729) % 100_003) / 7,
  };
  return `${JSON.stringify(document)}\n`;
}

async function measure(url: string, clients: number, seconds: number): Promise<string[]> {
  const index = `${url}/v1/indexes/bench/search`;
  // Warm-up: what is used twice is kept parsed, threads are there, the compilers have seen the loops.
  let asks = 0;
  for (let i = 0; i < 6; i++)
    await Promise.all([...HEAVY.map(() => heavy(asks++)), LIGHT].map((body) => post(index, body)));
  const alone = await repeat(seconds / 3, PAUSE_MS, () => post(index, LIGHT));
  await askMetrics(url);
  const heavyMs: number[] = [];
  const began = performance.now();
  const loads = Array.from({ length: clients }, async () => {
    while (performance.now() - began < seconds * 1000) {
      const asked = performance.now();
      await post(index, heavy(asks++));
      heavyMs.push(performance.now() - asked);
    }
  });
  const [beside, health] = await Promise.all([
    repeat(seconds, PAUSE_MS, () => post(index, LIGHT)),
    repeat(seconds, PAUSE_MS, async () => {
      await (await fetch(`${url}/healthz`)).arrayBuffer();
    }),
    ...loads,
  ]);
  const tookSeconds = (performance.now() - began) / 1000;
  const { late, residentBytes } = await askMetrics(url);
  return [
    (heavyMs.length / tookSeconds).toFixed(1),
    ms(percentile(heavyMs, 50)),
    ms(percentile(heavyMs, 99)),
    ms(late.p50),
    ms(late.p99),
    ms(late.max),
    ms(percentile(beside, 50)),
    ms(percentile(beside, 99)),
    ms(percentile(health, 99)),
    ms(percentile(alone, 50)),
    ms(percentile(alone, 99)),
    (residentBytes / 1e6).toFixed(0),
  ];
}

/** Times of one request after the other, in ms. */
async function repeat(seconds: number, pauseMs: number, ask: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    const asked = performance.now();
    await ask();
    times.push(performance.now() - asked);
    await new Promise((resolve) => {
      setTimeout(resolve, pauseMs);
    });
  }
  return times;
}

async function post(url: string, body: object): Promise<void> {
  const target = url.includes('?') ? url : `${url}?wait=60s`;
  const response = await fetch(target, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { failed?: number; coverage?: number };
  if (response.status !== 200 || (answer.coverage ?? 1) !== 1 || (answer.failed ?? 0) !== 0) {
    throw new Error(`the server answered ${response.status}: ${JSON.stringify(answer).slice(0, 300)}`);
  }
}
