import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadCorpus } from './corpus.ts';
import { ProductProcess } from './product-process.ts';
import { ms, percentile, table } from './report.ts';
import { askMetrics, type ServerMetrics } from './server-metrics.ts';

export interface ThreadsOptions {
  readonly corpus: string | undefined;
  readonly limit: number;
  /** Of the product, one run each. */
  readonly threads: readonly number[];
  /** Imports at once, each of the whole corpus into an index of its own: one task each. */
  readonly imports: number;
}

/**
 * What threads do for a process that imports: how late its event loop is (Node's own histogram, from /metrics), how long a
 * request for nothing takes meanwhile, how fast it imports, and on how many cores: user and system CPU seconds a second. The
 * built product, standalone, everything in one process.
 */
export async function threads({ corpus, limit, threads: counts, imports }: ThreadsOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'quarry-bench-'));
  try {
    const { name, documents } = await loadCorpus(corpus, limit);
    const text = documents.map(({ id, body }) => `${JSON.stringify({ _id: id, body })}\n`).join('');
    const file = join(folder, 'corpus.ndjson');
    await writeFile(file, text);
    const megabytes = Buffer.byteLength(text) / 1e6;
    process.stdout.write(`\n${name}, ${megabytes.toFixed(1)} MB of NDJSON, ${imports} imports of it at once\n`);
    const rows: string[][] = [];
    for (const count of counts) {
      const environment = { QUARRY_LOG_LEVEL: 'error', QUARRY_THREADS: String(count) };
      const data = join(folder, `data-${count}`);
      const server = await ProductProcess.start({
        app: 'standalone',
        environment,
        arguments: ['--data', data, '--port', '0'],
        ready: /is up at (http:\/\/\S+)[^]*Try next/,
      });
      try {
        const measured = await measureImports(server.said, pathToFileURL(file).href, imports);
        rows.push([String(count), ...rowOf(measured, megabytes * imports)]);
      } finally {
        await server.stop();
      }
    }
    table(
      [
        'threads',
        'wall s',
        'cores',
        'MB / s',
        'MB / CPU s',
        'loop late p50 ms',
        'p99',
        'most',
        '/healthz p50 ms',
        'p99',
        'most',
      ],
      rows,
    );
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

interface Measured {
  readonly wallMs: number;
  readonly healthMs: readonly number[];
  readonly said: Said;
}

type Said = Pick<ServerMetrics, 'late' | 'cpuSeconds'>;

function rowOf({ wallMs, healthMs, said }: Measured, megabytes: number): string[] {
  return [
    (wallMs / 1000).toFixed(2),
    (said.cpuSeconds / (wallMs / 1000)).toFixed(2),
    (megabytes / (wallMs / 1000)).toFixed(1),
    (megabytes / said.cpuSeconds).toFixed(1),
    ms(said.late.p50),
    ms(said.late.p99),
    ms(said.late.max),
    ms(percentile(healthMs, 50)),
    ms(percentile(healthMs, 99)),
    ms(percentile(healthMs, 100)),
  ];
}

async function measureImports(url: string, source: string, imports: number): Promise<Measured> {
  // Warm-up: the compilers have seen the loops, the threads are there.
  await Promise.all(Array.from({ length: imports }, (_, i) => importInto(`${url}/v1/indexes/warm${i}`, source)));
  const before = await askMetrics(url);
  const began = performance.now();
  const under = { way: true };
  const all = Promise.all(
    Array.from({ length: imports }, (_, i) => importInto(`${url}/v1/indexes/bench${i}`, source)),
  ).finally(() => (under.way = false));
  const healthMs: number[] = [];
  while (under.way) {
    const asked = performance.now();
    await (await fetch(`${url}/healthz`)).arrayBuffer();
    healthMs.push(performance.now() - asked);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  await all;
  const wallMs = performance.now() - began;
  const after = await askMetrics(url);
  return { wallMs, healthMs, said: { ...after, cpuSeconds: after.cpuSeconds - before.cpuSeconds } };
}

async function importInto(index: string, source: string): Promise<void> {
  const response = await fetch(`${index}/imports?wait=600s`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source }),
  });
  const body = (await response.json()) as { failed?: number };
  if (response.status !== 200 || body.failed !== 0) {
    throw new Error(`the import answered ${response.status}: ${JSON.stringify(body)}`);
  }
}
