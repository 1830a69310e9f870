import { join } from 'node:path';
import { startRabbit } from '../services/rabbitmq-server.mjs';
import { startRedis } from '../services/redis-server.mjs';
import { apiOf, type Api } from '../support/api.ts';
import { Cluster } from '../support/cluster.ts';

export type BrokerName = 'bullmq' | 'rabbitmq';

/** Broker and job store of a spec's own, so that nothing has to be cleaned out of them. */
export interface Messaging {
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

export async function startMessaging(broker: BrokerName): Promise<Messaging> {
  const redis = await startRedis();
  if (broker === 'bullmq') {
    return { environment: { QUARRY_JOBS: redis.url, QUARRY_BROKER: redis.url }, stop: redis.stop };
  }
  const rabbit = await startRabbit();
  const stop = async (): Promise<void> => void (await Promise.all([redis.stop(), rabbit.stop()]));
  return { environment: { QUARRY_JOBS: redis.url, QUARRY_BROKER: rabbit.url }, stop };
}

/** Two gateways that know nothing of each other, and what a client sees of them. */
export class Site {
  readonly cluster: Cluster;
  readonly one: Api;
  readonly other: Api;

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.one = apiOf(cluster.gateways[0]!.url);
    this.other = apiOf(cluster.gateways[1]!.url);
  }

  /** @param name of its namespace and its folder */
  static async start(folder: string, name: string, environment: Readonly<Record<string, string>>): Promise<Site> {
    const cluster = await Cluster.start({
      gateways: 2,
      workers: 2,
      folder: join(folder, name),
      environment: {
        QUARRY_NAMESPACE: name,
        QUARRY_STORE: `file://${join(folder, name, 'objects')}`,
        ...environment,
      },
    });
    return new Site(cluster);
  }

  get otherUrl(): string {
    return this.cluster.gateways[1]!.url;
  }

  get oneUrl(): string {
    return this.cluster.gateways[0]!.url;
  }

  /** Without workers a job stays as it is. */
  async withoutWorkers<T>(work: () => Promise<T>): Promise<T> {
    await Promise.all(this.cluster.workers.map((worker) => worker.stop()));
    try {
      return await work();
    } finally {
      await Promise.all(this.cluster.workers.map((worker) => worker.start()));
    }
  }
}
