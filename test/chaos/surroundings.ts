import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openS3ObjectStore } from '#libs/object-store';
import { startRabbit } from '../services/rabbitmq-server.mjs';
import { startRedis } from '../services/redis-server.mjs';
import { FaultProxy } from '../support/fault-proxy.ts';
import type { Restartable } from './disturbing.ts';

export const BROKERS = ['embedded', 'bullmq', 'rabbitmq'] as const;
export type BrokerName = (typeof BROKERS)[number];

export interface StoreServer {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly bucket: string;
}

/** Everything that the processes under test lean on, of this run alone but for the S3 server. */
export interface Surroundings {
  /** What a process needs to know of it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly restartable: readonly Restartable[];
  readonly faults: FaultProxy;
  readonly stop: () => Promise<void>;
}

export interface SurroundingsOptions {
  readonly broker: BrokerName;
  readonly store: StoreServer;
  readonly folder: string;
  /** Also in the bucket. */
  readonly name: string;
  readonly seed: number;
  readonly faultShare: number;
}

export async function surround({
  broker,
  store,
  folder,
  name,
  seed,
  faultShare,
}: SurroundingsOptions): Promise<Surroundings> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    const prefix = `chaos/${name}`;
    stops.push(() => emptyPrefix(store, prefix));
    const faults = await FaultProxy.start({ endpoint: store.endpoint, seed, share: faultShare });
    stops.push(() => faults.stop());
    const messaging = await startMessaging(broker, folder, stops);
    const environment = {
      QUARRY_NAMESPACE: name,
      QUARRY_STORE: `s3://${store.bucket}/${prefix}`,
      QUARRY_S3_ENDPOINT: faults.endpoint,
      QUARRY_S3_REGION: store.region,
      AWS_ACCESS_KEY_ID: store.accessKey,
      AWS_SECRET_ACCESS_KEY: store.secretKey,
      ...messaging.environment,
    };
    return { environment, restartable: messaging.restartable, faults, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Messaging = Pick<Surroundings, 'environment' | 'restartable'>;

async function startMessaging(broker: BrokerName, folder: string, stops: (() => Promise<void>)[]): Promise<Messaging> {
  if (broker === 'embedded') {
    const data = join(folder, 'data');
    await mkdir(data, { recursive: true });
    return { environment: { QUARRY_DATA: data }, restartable: [] };
  }
  // Killed, a Redis keeps all that it has answered: what it wrote to its log the kernel has. Only power cuts ask for fsync.
  const jobs = await startRedis({ appendonly: true });
  stops.push(jobs.stop);
  const carrier = broker === 'bullmq' ? await startRedis({ appendonly: true }) : await startRabbit();
  stops.push(carrier.stop);
  return {
    environment: { QUARRY_JOBS: jobs.url, QUARRY_BROKER: carrier.url },
    restartable: [
      { name: "the jobs' Redis", kill: jobs.kill, restart: jobs.restart },
      { name: broker === 'bullmq' ? "BullMQ's Redis" : 'RabbitMQ', kill: carrier.kill, restart: carrier.restart },
    ],
  };
}

async function emptyPrefix(server: StoreServer, prefix: string): Promise<void> {
  const { endpoint, region, bucket, accessKey: accessKeyId, secretKey: secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey };
  const store = await openS3ObjectStore({ endpoint, region, bucket, prefix, credentials, pathStyle: true });
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  await store.deleteMany(keys);
  await store.close();
}
