import { startRedisCluster } from '../../../../test/services/redis-server.mjs';
import { describeBrokerContract } from '../broker-contract.ts';
import { openBullMqBroker } from './open-bullmq-broker.ts';
import { optionsAt } from './redis-fixture.ts';

let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster.stop());

describeBrokerContract('BullMqBroker on a cluster', {
  // It is; the processes that show it are started by the spec of the single server.
  isDurable: false,
  reachesOtherClients: true,
  create: async () => {
    const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    const own = optionsAt(cluster.nodes[0]!.url);
    const options = { ...own, location: { ...own.location, mode: 'cluster' as const, nodes } };
    return { connect: () => openBullMqBroker(options), destroy: async () => {} };
  },
});
