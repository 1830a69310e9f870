import type { BullMqBroker } from './bullmq/bullmq-broker.ts';
import type { BullMqBrokerOptions } from './bullmq/bullmq-broker-options.ts';
import type { RabbitMqBroker, RabbitMqBrokerOptions } from './rabbitmq/rabbitmq-broker.ts';

// A process loads the client of the broker that it uses, and no other: they take a third of a second to load.

/** BullMQ on Redis. Rejects with one clear error when it cannot be reached. */
export async function openBullMqBroker(options: BullMqBrokerOptions): Promise<BullMqBroker> {
  const { openBullMqBroker: open } = await import('./bullmq/open-bullmq-broker.ts');
  return open(options);
}

/** RabbitMQ. Rejects with one clear error when it cannot be reached. */
export async function openRabbitMqBroker(options: RabbitMqBrokerOptions): Promise<RabbitMqBroker> {
  const { RabbitMqBroker: Adapter } = await import('./rabbitmq/rabbitmq-broker.ts');
  return Adapter.open(options);
}
