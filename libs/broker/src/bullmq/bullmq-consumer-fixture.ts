import { createIds, systemClock, systemRandom } from '#libs/kernel';
import { runContractConsumer } from '../contract-consumer-fixture.ts';
import type { BullMqBrokerOptions } from './bullmq-broker-options.ts';
import { openBullMqBroker } from './open-bullmq-broker.ts';

type Spawned = Pick<BullMqBrokerOptions, 'location' | 'namespace' | 'lockDurationMs' | 'stalledIntervalMs'>;

const [spawned, mailbox, mode, lockFolder] = process.argv.slice(2) as [string, string, 'hold' | 'work', string];
const broker = await openBullMqBroker({
  ...(JSON.parse(spawned) as Spawned),
  clock: systemClock,
  random: systemRandom,
  ids: createIds(systemClock, systemRandom),
});
await runContractConsumer(broker, mailbox, mode, lockFolder);
