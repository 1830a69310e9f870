export * from './broker.ts';
export type { BullMqBroker } from './bullmq/bullmq-broker.ts';
export type { BullMqBrokerOptions } from './bullmq/bullmq-broker-options.ts';
export { EmbeddedBroker, type EmbeddedBrokerOptions } from './embedded/embedded-broker.ts';
export { MemoryBroker, type MemoryBrokerOptions } from './memory/memory-broker.ts';
export { openBullMqBroker, openRabbitMqBroker } from './open-server-broker.ts';
export type { RabbitMqBroker, RabbitMqBrokerOptions } from './rabbitmq/rabbitmq-broker.ts';
