import { startRedisCluster } from '../../../../test/services/redis-server.mjs';
import { describeJobStoreContract } from '../job-store-contract.ts';
import { describeMembershipContract } from '../membership-contract.ts';
import { redisSite } from './redis-site-fixture.ts';

let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster.stop());

const site = async (): Promise<ReturnType<typeof redisSite>> => redisSite(cluster.url);

describeJobStoreContract('RedisJobStore on a Cluster', { isDurable: true, create: site });
describeMembershipContract('RedisJobStore on a Cluster', { create: site });
