import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { Cluster } from 'ioredis';
import { loadSettings } from '#config';
import { connectRedis, type RedisLocation } from '#libs/redis';

export interface SiteOptions {
  /** As QUARRY_BROKER and QUARRY_JOBS. */
  readonly broker: string;
  readonly jobs: string;
}

/** A namespace and a folder of its own for one measurement, on the services named. */
export interface Site {
  readonly title: string;
  /** Settings for all of its processes. */
  readonly environment: Readonly<Record<string, string>>;
  /** Deletes what the measurement left on the services and on the disk; after its processes have ended. */
  remove(): Promise<void>;
}

export async function makeSite({ broker, jobs }: SiteOptions): Promise<Site> {
  const namespace = `bench-${randomBytes(6).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), 'quarry-bench-'));
  const environment = {
    QUARRY_BROKER: broker,
    QUARRY_JOBS: jobs,
    QUARRY_NAMESPACE: namespace,
    QUARRY_DATA: folder,
    QUARRY_PORT: '0',
    QUARRY_LOG_LEVEL: 'error',
  };
  const settings = loadSettings(environment);
  return {
    title: `broker ${shown(broker)}, jobs ${shown(jobs)}`,
    environment,
    remove: async () => {
      if (settings.broker.kind === 'redis') await removeKeys(settings.broker.redis, namespace);
      if (settings.broker.kind === 'amqp') await removeQueues(settings.broker.url, namespace);
      if (settings.jobs.kind === 'redis') await removeKeys(settings.jobs.redis, namespace);
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** What `--broker` means, and which job store goes with a broker when none is named. */
export function sitesOf(options: { broker?: string; jobs?: string; redis: string; amqp: string }): SiteOptions[] {
  const { broker, redis, amqp } = options;
  if (broker === undefined) return [];
  const brokers = broker === 'all' ? ['embedded', redis, amqp] : [broker];
  return brokers.map((one) => ({
    broker: one,
    jobs: options.jobs ?? (one === 'embedded' ? 'embedded' : one.startsWith('redis') ? one : redis),
  }));
}

/** Without a password. */
const shown = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');

async function removeKeys(location: RedisLocation, namespace: string): Promise<void> {
  const client = await connectRedis(location, { name: `${namespace}:clean` });
  try {
    for (const node of client instanceof Cluster ? client.nodes('master') : [client]) {
      for await (const keys of node.scanStream({ match: `*${namespace}*`, count: 1000 }) as AsyncIterable<string[]>) {
        for (const key of keys) await node.unlink(key);
      }
    }
  } finally {
    client.disconnect();
  }
}

const MAILBOXES = ['search', 'index', 'maintenance', 'webhook', 'raw'];
const LEVELS = 25;

/** The names are those of libs/broker/src/rabbitmq/queue-names.ts. Deleting what is not there is no error. */
async function removeQueues(url: string, namespace: string): Promise<void> {
  const connection = await connect(url, { noDelay: true });
  try {
    const channel = await connection.createChannel();
    await channel.deleteQueue(`${namespace}/mailboxes`);
    for (const mailbox of MAILBOXES.map((name) => `${namespace}.${name}`)) {
      for (const part of ['high', 'normal', 'low', 'dead']) await channel.deleteQueue(`${mailbox}/${part}`);
      await channel.deleteExchange(`${mailbox}/due`);
      for (let level = 0; level < LEVELS; level++) {
        const name = `${mailbox}/delay-${String(level).padStart(2, '0')}`;
        await channel.deleteQueue(name);
        await channel.deleteExchange(name);
      }
    }
  } finally {
    await connection.close();
  }
}
