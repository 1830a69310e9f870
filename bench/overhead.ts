import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '#config';
import { startStandalone } from '../apps/standalone/src/standalone.ts';
import { firstMinute, FIRST_INDEX } from '../apps/standalone/src/first-minute/first-minute.ts';
import { ms, percentile, table } from './report.ts';

const QUERIES = ['whale', 'small animal', 'to move quickly', 'insect', 'a musical instrument', 'river of france'];

/**
 * What the way through gateway, broker and job store adds to a warm search: the time of a request over HTTP less what
 * its receipt says the engine took (I/O and CPU), on WordNet, one request at a time over one connection.
 */
export async function overhead(requests: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'quarry-bench-'));
  const settings = loadSettings({ QUARRY_DATA: folder, QUARRY_PORT: '0', QUARRY_LOG_LEVEL: 'error' });
  const standalone = await startStandalone(settings);
  try {
    await firstMinute(standalone.platform, () => {});
    const url = `${standalone.url}/v1/indexes/${FIRST_INDEX}/search?wait=30s`;
    const search = async (q: string): Promise<{ total: number; engine: number; queue: number }> => {
      const began = performance.now();
      const response = await fetch(url, { method: 'POST', body: JSON.stringify({ q }) });
      const { receipt } = (await response.json()) as { receipt: { ioMs: number; cpuMs: number; queueMs: number } };
      return { total: performance.now() - began, engine: receipt.ioMs + receipt.cpuMs, queue: receipt.queueMs };
    };
    for (let i = 0; i < 100; i++) await search(QUERIES[i % QUERIES.length]!);
    const found = [];
    for (let i = 0; i < requests; i++) found.push(await search(QUERIES[i % QUERIES.length]!));
    const row = (name: string, values: number[]): string[] => [
      name,
      ...[50, 90, 99].map((p) => ms(percentile(values, p))),
    ];
    table(
      [`${requests} requests`, 'p50 ms', 'p90 ms', 'p99 ms'],
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
    await standalone.close();
    await rm(folder, { recursive: true, force: true });
  }
}
