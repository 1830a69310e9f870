import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeBrokerContract } from '../broker-contract.ts';
import { openBullMqBroker } from './open-bullmq-broker.ts';
import { cleanNamespace, optionsAt } from './redis-fixture.ts';

describeBrokerContract('BullMqBroker', {
  isDurable: true,
  reachesOtherClients: true,
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quarry-bullmq-'));
    const own = optionsAt(process.env['QUARRY_TEST_REDIS_URL']);
    const script = fileURLToPath(new URL('bullmq-consumer-fixture.ts', import.meta.url));
    const flags = ['--conditions=quarry-src', '--experimental-transform-types', '--no-warnings'];
    const { location, namespace, lockDurationMs, stalledIntervalMs } = own;
    const spawned = JSON.stringify({ location, namespace, lockDurationMs, stalledIntervalMs });
    return {
      connect: () => openBullMqBroker(own),
      destroy: async () => {
        await cleanNamespace(own);
        rmSync(folder, { recursive: true });
      },
      spawnConsumer: (mailbox, mode) =>
        spawn(process.execPath, [...flags, script, spawned, mailbox, mode, folder], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
    };
  },
});
