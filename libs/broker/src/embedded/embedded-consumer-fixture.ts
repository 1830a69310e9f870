import { createIds, systemClock, systemRandom } from '#libs/kernel';
import { runContractConsumer } from '../contract-consumer-fixture.ts';
import { EmbeddedBroker } from './embedded-broker.ts';

const [path, mailbox, mode, lockFolder, ownerTtlMs] = process.argv.slice(2) as [
  string,
  string,
  'hold' | 'work',
  string,
  string,
];
const broker = await EmbeddedBroker.open({
  path,
  clock: systemClock,
  random: systemRandom,
  ids: createIds(systemClock, systemRandom),
  ownerTtlMs: Number(ownerTtlMs),
});
await runContractConsumer(broker, mailbox, mode, lockFolder);
