import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom, type Random } from '#libs/kernel';
import { loadCorpus, type BenchDocument } from './corpus.ts';
import { ProductProcess } from './product-process.ts';
import { machine, ms, percentile, table } from './report.ts';
import { makeSite } from './site.ts';

export interface ResidentMemoryOptions {
  readonly corpus?: string;
  readonly limit: number;
  readonly seconds: number;
  readonly clients: number;
  /** The corpus is indexed so many times, for a larger index. */
  readonly copies: number;
}

const INDEX = 'memory';
const BATCH_BYTES = 32 * 2 ** 20;
const SAMPLE_MS = 200;
const MiB = 2 ** 20;
/** Above its setting: the bar. */
const MAX_ABOVE_SETTING = 150e6;

/**
 * The resident memory of a worker whose cache holds a tenth of the index, while gateways send it a mixed load. Imported by
 * another process, and without compactions, so that what indexing needs is not in the number. The bar is its setting plus
 * 150 MB; above it the benchmark fails.
 */
export async function residentMemory(options: ResidentMemoryOptions): Promise<void> {
  const { name, documents } = await loadCorpus(options.corpus, options.limit);
  const site = await makeSite({ broker: 'embedded', jobs: 'embedded' });
  try {
    const bytes = await importAll(site.environment, documents, options.copies);
    const cacheMiB = Math.max(1, Math.floor(bytes / 10 / MiB));
    const found = await search(site.environment, documents, cacheMiB, options);
    process.stdout.write(
      `\n${name} × ${options.copies}: index ${mb(bytes)} MB, QUARRY_CACHE_MEMORY ${cacheMiB} MiB; ${found.asked} searches by ${options.clients} clients in ${options.seconds} s, ${found.failed} failed; ${machine()}\n`,
    );
    const { resident } = found;
    const setting = cacheMiB * MiB;
    table(
      ['worker', 'MB', 'above its setting'],
      [
        ['before the first search', resident[0]!],
        ['half of the time at most', percentile(resident, 50)],
        ['at most', Math.max(...resident)],
      ].map(([what, rss]) => [String(what), mb(Number(rss)), mb(Number(rss) - setting)]),
    );
    process.stdout.write(
      `a search took ${ms(percentile(found.took, 50))} ms p50, ${ms(percentile(found.took, 99))} ms p99\n`,
    );
    const isMet = Math.max(...resident) <= setting + MAX_ABOVE_SETTING;
    process.stdout.write(`the bar, ${mb(MAX_ABOVE_SETTING)} MB above its setting, is ${isMet ? 'met' : 'MISSED'}\n`);
    if (!isMet || found.failed > 0) process.exitCode = 1;
  } finally {
    await site.remove();
  }
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);

type Environment = Readonly<Record<string, string>>;

async function withProduct<T>(
  environment: Environment,
  work: (url: string, worker: ProductProcess) => Promise<T>,
): Promise<T> {
  const worker = await ProductProcess.start({ app: 'worker', environment, ready: /worker is up/ });
  try {
    const gateway = await ProductProcess.start({ app: 'gateway', environment, ready: /is up at (http:\/\/\S+)/ });
    try {
      return await work(gateway.said, worker);
    } finally {
      await gateway.stop();
    }
  } finally {
    await worker.stop();
  }
}

/** @returns the index's bytes */
function importAll(environment: Environment, documents: readonly BenchDocument[], copies: number): Promise<number> {
  return withProduct(environment, async (url) => {
    const index = `${url}/v1/indexes/${INDEX}`;
    const fields = { body: { type: 'text' }, kind: { type: 'keyword' }, length: { type: 'long' } };
    await ask(index, 'PUT', { fields });
    for (let copy = 0; copy < copies; copy++) {
      for (const batch of batches(documents, copy)) {
        const { failed } = await ask<{ failed: number }>(`${index}/documents?wait=600s`, 'POST', batch);
        if (failed !== 0) throw new Error(`${failed} documents were refused`);
      }
    }
    return (await ask<{ bytes: number }>(index, 'GET')).bytes;
  });
}

function* batches(documents: readonly BenchDocument[], copy: number): Generator<string> {
  let lines: string[] = [];
  let bytes = 0;
  for (const { id, body } of documents) {
    const line = JSON.stringify({ _id: `${copy}-${id}`, body, kind: body.slice(0, 2), length: body.length });
    lines.push(line);
    bytes += line.length;
    if (bytes < BATCH_BYTES) continue;
    yield lines.join('\n');
    lines = [];
    bytes = 0;
  }
  if (lines.length > 0) yield lines.join('\n');
}

interface Found {
  readonly resident: number[];
  readonly took: number[];
  readonly asked: number;
  readonly failed: number;
}

function search(
  environment: Environment,
  documents: readonly BenchDocument[],
  cacheMiB: number,
  { seconds, clients }: ResidentMemoryOptions,
): Promise<Found> {
  const searching = { QUARRY_CACHE_MEMORY: `${cacheMiB}MiB`, QUARRY_COMPACTION: 'off' };
  return withProduct({ ...environment, ...searching }, async (url, worker) => {
    const resident = [residentOf(worker.pid)];
    const took: number[] = [];
    let failed = 0;
    const until = performance.now() + seconds * 1000;
    const client = async (seed: number): Promise<void> => {
      const random = seededRandom(seed);
      while (performance.now() < until) {
        const began = performance.now();
        const body = drawSearch(documents, random);
        const answer = await ask<{ coverage: number }>(
          `${url}/v1/indexes/${INDEX}/search?wait=60s`,
          'POST',
          body,
        ).catch((error: unknown) => {
          process.stderr.write(`${JSON.stringify(body)}: ${String(error)}\n`);
          return { coverage: 0 };
        });
        if (answer.coverage !== 1) failed++;
        took.push(performance.now() - began);
      }
    };
    const sampled = (async () => {
      while (performance.now() < until) {
        resident.push(residentOf(worker.pid));
        await wait(SAMPLE_MS);
      }
    })();
    await Promise.all([sampled, ...Array.from({ length: clients }, (_, seed) => client(seed + 1))]);
    return { resident, took, asked: took.length, failed };
  });
}

/** Words, phrases, beginnings, filters, sorts, highlights and aggregations, drawn from the documents. */
function drawSearch(documents: readonly BenchDocument[], random: Random): object {
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const { body } = documents[below(documents.length)]!;
  const words = body.toLowerCase().match(/[a-z]{3,}/g) ?? ['nothing'];
  const at = below(words.length);
  const [first, second] = [words[at]!, words[(at + 1) % words.length]!];
  const shapes: (() => object)[] = [
    () => ({ query: { match: { body: `${first} ${second}` } } }),
    () => ({
      query: { match: { body: { query: `${first} ${second}`, operator: 'and' } } },
      highlight: { fields: { body: {} } },
    }),
    () => ({ query: { match_phrase: { body: `${first} ${second}` } } }),
    () => ({ query: { prefix: { body: first.slice(0, 4) } }, trackTotalHits: true }),
    () => ({ query: { match: { body: first } }, sort: [{ length: 'desc' }] }),
    () => ({
      query: { range: { length: { gte: body.length } } },
      size: 0,
      aggs: { kinds: { terms: { field: 'kind' } } },
    }),
    () => ({
      query: { bool: { must: [{ match: { body: first } }], filter: [{ term: { kind: body.slice(0, 2) } }] } },
      aggs: { length: { stats: { field: 'length' } } },
    }),
  ];
  return shapes[below(shapes.length)]!();
}

/** Bytes; Linux only, as what is measured is. */
function residentOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found![1]) * 1024;
}

async function ask<T>(url: string, method: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
