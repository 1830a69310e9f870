import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIRST_INDEX } from '../apps/standalone/src/first-minute/first-minute.ts';
import { loadCorpus } from './corpus.ts';
import { ProductProcess } from './product-process.ts';
import { machine, ms, percentile, table } from './report.ts';
import { makeSite, type SiteOptions } from './site.ts';

export interface OverheadOptions {
  readonly requests: number;
  /** Gateway and worker as processes of their own on each of these; empty: the standalone process. */
  readonly sites: readonly SiteOptions[];
  /** A folder for the CPU profiles of the product's processes. */
  readonly profile?: string;
}

const QUERIES = ['whale', 'small animal', 'to move quickly', 'insect', 'a musical instrument', 'river of france'];
const WARM_UP = 200;

/**
 * What the way through gateway, broker and job store adds to a warm search: the time of a request over HTTP less what
 * its receipt says the engine took (I/O and CPU), on WordNet in one segment, one request at a time over one connection.
 * Between the searches as many requests for nothing (/healthz): what HTTP alone takes on this machine at this time.
 */
export async function overhead(options: OverheadOptions): Promise<void> {
  if (options.sites.length === 0) await ofStandalone(options);
  for (const site of options.sites) await ofSite(site, options);
}

async function ofStandalone({ requests, profile }: OverheadOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'quarry-bench-'));
  const server = await ProductProcess.start({
    app: 'standalone',
    environment: { QUARRY_LOG_LEVEL: 'error' },
    arguments: ['--data', folder, '--port', '0'],
    // With the sample indexed.
    ready: /is up at (http:\/\/\S+)[^]*Try next/,
    profile,
  });
  try {
    await measure('standalone', server.said, FIRST_INDEX, requests);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function ofSite(options: SiteOptions, { requests, profile }: OverheadOptions): Promise<void> {
  const site = await makeSite(options);
  const { environment } = site;
  const started: ProductProcess[] = [];
  try {
    started.push(await ProductProcess.start({ app: 'worker', environment, ready: /worker is up/, profile }));
    started.push(
      await ProductProcess.start({ app: 'gateway', environment, ready: /is up at (http:\/\/\S+)/, profile }),
    );
    const url = started[1]!.said;
    await indexSample(url);
    await measure(`gateway and worker, ${site.title}`, url, INDEX, requests);
  } finally {
    for (const one of started.toReversed()) await one.stop();
    await site.remove();
  }
}

const INDEX = 'sample';

/** One body, so that it is one task and one segment. */
async function indexSample(url: string): Promise<void> {
  const { documents } = await loadCorpus(undefined, Infinity);
  await call(`${url}/v1/indexes/${INDEX}`, 'PUT', { fields: { body: { type: 'text', analyzer: 'english' } } });
  const lines = documents.map(({ id, body }) => JSON.stringify({ _id: id, body }));
  const indexed = await call(`${url}/v1/indexes/${INDEX}/documents?wait=300s`, 'POST', lines.join('\n'));
  const { segments } = indexed as { segments?: number };
  if (segments !== 1) throw new Error(`the sample was to be one segment: ${JSON.stringify(indexed)}`);
}

async function call(url: string, method: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

interface Took {
  readonly nothing: number;
  readonly total: number;
  readonly engine: number;
}

async function measure(title: string, url: string, index: string, requests: number): Promise<void> {
  const ask = async (i: number): Promise<Took> => {
    const before = performance.now();
    await (await fetch(`${url}/healthz`)).arrayBuffer();
    const began = performance.now();
    const answer = await call(`${url}/v1/indexes/${index}/search?wait=30s`, 'POST', { q: QUERIES[i % QUERIES.length] });
    const { receipt } = answer as { receipt: { ioMs: number; cpuMs: number } };
    return { nothing: began - before, total: performance.now() - began, engine: receipt.ioMs + receipt.cpuMs };
  };
  for (let i = 0; i < WARM_UP; i++) await ask(i);
  const found: Took[] = [];
  for (let i = 0; i < requests; i++) found.push(await ask(i));
  process.stdout.write(`\n${title}; ${requests} requests after ${WARM_UP} of warm-up; ${machine()}\n`);
  table(
    ['', 'p50 ms', 'p90 ms', 'p99 ms'],
    [
      row(
        'HTTP request to answer',
        found.map(({ total }) => total),
      ),
      row(
        'engine (I/O and CPU)',
        found.map(({ engine }) => engine),
      ),
      row(
        'added by the way',
        found.map(({ total, engine }) => total - engine),
      ),
      row(
        'of that, HTTP alone (/healthz)',
        found.map(({ nothing }) => nothing),
      ),
    ],
  );
}

const row = (name: string, values: readonly number[]): string[] => [
  name,
  ...[50, 90, 99].map((p) => ms(percentile(values, p))),
];
