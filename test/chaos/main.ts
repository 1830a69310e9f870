// `npm run chaos`: the chaos test at length. Needs the build, and Node's own stripping of types: nothing here but plain types.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureS3 } from '../services/s3.mjs';
import { runChaos } from './chaos.ts';
import { summaryOf } from './report.ts';
import { BROKERS, type BrokerName } from './surroundings.ts';

const USAGE = `npm run chaos -- [--broker bullmq|rabbitmq|embedded|both] [--seconds 600] [--seed <number>]
Two gateways and three workers under load while processes are killed, servers restarted and the store fails.
The seconds are for each broker. Exit code 1: something was wrong; the logs are kept.`;
const RESTART_EVERY_MS = 25_000;

const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: 'both' },
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
const brokers = values.broker === 'both' ? (['bullmq', 'rabbitmq'] as const) : [values.broker as BrokerName];
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const isUsable = brokers.every((broker) => BROKERS.includes(broker)) && seconds > 0 && Number.isInteger(seed);
if (values.help || !isUsable) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

const store = await ensureS3();
let wrong = 0;
for (const broker of brokers) {
  const folder = await mkdtemp(join(tmpdir(), 'quarry-chaos-'));
  console.log(`chaos on ${broker}: ${seconds} s, seed ${seed}, logs in ${folder}`);
  const report = await runChaos({ broker, seconds, seed, store, folder, restartEveryMs: RESTART_EVERY_MS });
  console.log(summaryOf(report));
  for (const sentence of report.violations.seen) console.log(`  wrong: ${sentence}`);
  wrong += report.violations.count;
  if (!report.violations.any) await rm(folder, { recursive: true, force: true });
}
await store.stop();
process.exitCode = wrong === 0 ? 0 : 1;
