import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeBrokerContract } from '../broker-contract.ts';
import { RabbitMqBroker } from './rabbitmq-broker.ts';
import { amqpUrl, brokerOptions, freshNamespace, mailboxesOf, removeNamespace } from './rabbitmq-site-fixture.ts';

describeBrokerContract('RabbitMqBroker', {
  isDurable: true,
  reachesOtherClients: true,
  create: async () => {
    const url = amqpUrl();
    const namespace = freshNamespace();
    const folder = mkdtempSync(join(tmpdir(), 'quarry-broker-'));
    const script = fileURLToPath(new URL('rabbitmq-consumer-fixture.ts', import.meta.url));
    const flags = ['--conditions=quarry-src', '--experimental-transform-types', '--no-warnings'];
    return {
      connect: () => RabbitMqBroker.open(brokerOptions(url, namespace)),
      destroy: async () => {
        rmSync(folder, { recursive: true });
        await removeNamespace(url, namespace, await mailboxesOf(url, namespace));
      },
      spawnConsumer: (mailbox, mode) =>
        spawn(process.execPath, [...flags, script, url, namespace, mailbox, mode, folder], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
    };
  },
});
