export * from './broker.ts';
export { EmbeddedBroker, type EmbeddedBrokerOptions } from './embedded/embedded-broker.ts';
export { MemoryBroker, type MemoryBrokerOptions } from './memory/memory-broker.ts';
