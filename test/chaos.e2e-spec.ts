import { jest } from '@jest/globals';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEnvironment } from '#libs/kernel';
import { runChaos } from './chaos/chaos.ts';
import { summaryOf } from './chaos/report.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

jest.setTimeout(1_200_000);

const SECONDS = 25;
/** The jobs' Redis and the broker are restarted once each. */
const RESTART_EVERY_MS = 9_000;
const SEED = 20_261_122;

function variable(name: string): string {
  const value = systemEnvironment()[name];
  if (value === undefined) throw new Error(`${name} is not set: test/services/global-setup.mjs did not run`);
  return value;
}
const store = {
  endpoint: variable('QUARRY_TEST_S3_ENDPOINT'),
  region: variable('QUARRY_TEST_S3_REGION'),
  bucket: variable('QUARRY_TEST_S3_BUCKET'),
  accessKey: variable('QUARRY_TEST_S3_ACCESS_KEY'),
  secretKey: variable('QUARRY_TEST_S3_SECRET_KEY'),
};

// At length: npm run chaos.
describe.each(['bullmq', 'rabbitmq'] as const)('chaos on %s', (broker) => {
  it(`${SECONDS} s of kills, restarts and a failing store lose nothing, double nothing, and give no wrong answer`, async () => {
    const folder = await temporaryFolder();
    const options = { broker, seconds: SECONDS, seed: SEED, store, folder: folder.path };
    const report = await runChaos({ ...options, restartEveryMs: RESTART_EVERY_MS });
    process.stdout.write(`${summaryOf(report)}\n`);
    if (report.violations.any) {
      const kept = join(tmpdir(), `quarry-chaos-${broker}-logs`);
      await cp(join(folder.path, 'logs'), kept, { recursive: true, force: true });
      process.stdout.write(`the logs of its processes are in ${kept}\n`);
    }
    await folder.remove();
    expect(report.violations.seen).toEqual([]);
    // A slow machine starts processes slowly, and only who is up is killed.
    expect(report.disturbance.kills).toBeGreaterThanOrEqual(3);
    expect(report.disturbance.restarts.size).toBe(2);
    expect(report.searchers.some((searcher) => searcher.whole > 0)).toBe(true);
    expect(report.importers.some((importer) => importer.jobs > 0)).toBe(true);
  });
});
