import { createIds, systemClock, systemRandom } from '#libs/kernel';
import { runContractConsumer } from '../contract-consumer-fixture.ts';
import { RabbitMqBroker } from './rabbitmq-broker.ts';

const [url, namespace, mailbox, mode, lockFolder] = process.argv.slice(2) as [
  string,
  string,
  string,
  'hold' | 'work',
  string,
];
const broker = await RabbitMqBroker.open({
  url,
  namespace,
  clock: systemClock,
  random: systemRandom,
  ids: createIds(systemClock, systemRandom),
});
await runContractConsumer(broker, mailbox, mode, lockFolder);
