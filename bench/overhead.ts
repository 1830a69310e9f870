import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FIRST_INDEX } from '../apps/standalone/src/first-minute/first-minute.ts';
import { ms, percentile, table } from './report.ts';

const QUERIES = ['whale', 'small animal', 'to move quickly', 'insect', 'a musical instrument', 'river of france'];

/**
 * What the way through gateway, broker and job store adds to a warm search: the time of a request over HTTP less what
 * its receipt says the engine took (I/O and CPU), on WordNet, one request at a time over one connection, the server in a
 * process of its own.
 */
export async function overhead(requests: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'quarry-bench-'));
  const { server, url } = await startServer(folder);
  try {
    const search = async (q: string): Promise<{ total: number; engine: number }> => {
      const began = performance.now();
      const response = await fetch(`${url}/v1/indexes/${FIRST_INDEX}/search?wait=30s`, {
        method: 'POST',
        body: JSON.stringify({ q }),
      });
      const { receipt } = (await response.json()) as { receipt: { ioMs: number; cpuMs: number } };
      return { total: performance.now() - began, engine: receipt.ioMs + receipt.cpuMs };
    };
    for (let i = 0; i < WARM_UP; i++) await search(QUERIES[i % QUERIES.length]!);
    const found: { total: number; engine: number }[] = [];
    for (let i = 0; i < requests; i++) found.push(await search(QUERIES[i % QUERIES.length]!));
    table(
      [`${requests} requests after ${WARM_UP} of warm-up`, 'p50 ms', 'p90 ms', 'p99 ms'],
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
      ],
    );
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

const WARM_UP = 200;

const row = (name: string, values: readonly number[]): string[] => [
  name,
  ...[50, 90, 99].map((p) => ms(percentile(values, p))),
];

/** Resolves when the sample is indexed. */
async function startServer(folder: string): Promise<{ server: ChildProcess; url: string }> {
  const main = fileURLToPath(new URL('../apps/standalone/src/main.js', import.meta.url));
  const server = spawn(process.execPath, [main, '--data', folder, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], QUARRY_LOG_LEVEL: 'error' },
  });
  let printed = '';
  for await (const chunk of server.stdout as AsyncIterable<Buffer>) {
    printed += chunk.toString();
    const url = /is up at (http:\/\/\S+)/.exec(printed)?.[1];
    if (url !== undefined && printed.includes('Try next')) return { server, url };
  }
  throw new Error(`the server ended:\n${printed}`);
}
