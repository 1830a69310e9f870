import type { Redis } from 'ioredis';
import { connectRedis, describeLocation, type RedisClient } from '#libs/redis';
import { prefixOf, type BullMqBrokerOptions } from './bullmq-broker-options.ts';
import { BullMqBroker } from './bullmq-broker.ts';
import { brokerError } from './bullmq-error.ts';
import { BullQueues } from './bullmq.module.ts';

/** Rejects with `unavailable` (`broker_unavailable`) or `invalid` (`access_denied`, `redis_database`), naming the place. */
export async function openBullMqBroker(options: BullMqBrokerOptions): Promise<BullMqBroker> {
  const clients: RedisClient[] = [];
  try {
    const client = await connect(options, 'broker');
    clients.push(client);
    // Says early whether we may read; and in a cluster connects the node that has our keys: what is sent at once while
    // ioredis connects a node takes a detour over others, and loses its order.
    await client.exists(`${prefixOf(options)}:mailboxes`);
    const patientClient = await connect(options, 'consume', true);
    clients.push(patientClient);
    const queues = await BullQueues.open({ connection: client, prefix: prefixOf(options) }, options.mailboxes ?? []);
    const connectListener = async (): Promise<Redis> => (await connect(options, 'listen', true)) as Redis;
    return new BullMqBroker(options, { client, patientClient, queues, connectListener });
  } catch (error) {
    for (const client of clients) client.disconnect();
    throw brokerError(error, describeLocation(options.location));
  }
}

function connect(options: BullMqBrokerOptions, purpose: string, isPatient = false): Promise<RedisClient> {
  return connectRedis(options.location, {
    name: `${options.namespace}:${purpose}`,
    random: options.random,
    ...(isPatient && { blocking: true }),
    ...(options.onError && { onError: options.onError }),
  });
}
