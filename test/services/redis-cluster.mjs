import { freePorts } from './free-ports.mjs';
import { startRedis } from './own-redis.mjs';
import { until } from './run-command.mjs';

const SLOTS = 16_384;
/** Where a node of a cluster talks to the others. */
const busOf = (port) => port + 10_000;

/**
 * A Redis Cluster of three masters without replicas.
 * @returns {Promise<{url: string, nodes: import('./own-redis.mjs').OwnRedis[], stop: () => Promise<void>}>}
 */
export async function startRedisCluster() {
  const ports = await freePorts(3, (port) => [busOf(port)]);
  const started = await Promise.allSettled(ports.map((port) => startRedis({ port, args: clusterSettings(port) })));
  const nodes = started.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    for (const [i, node] of nodes.entries()) {
      const first = Math.floor((SLOTS * i) / nodes.length);
      await node.command('CLUSTER', 'ADDSLOTSRANGE', first, Math.floor((SLOTS * (i + 1)) / nodes.length) - 1);
      await node.command('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    }
    for (const node of nodes.slice(1)) await node.command('CLUSTER', 'MEET', '127.0.0.1', ports[0], busOf(ports[0]));
    await until(
      async () => (await Promise.all(nodes.map(isWhole))).every(Boolean),
      'the Redis Cluster to be whole',
      300_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`, nodes, stop };
}

const clusterSettings = (port) => [
  '--cluster-enabled',
  'yes',
  '--cluster-port',
  busOf(port),
  '--cluster-announce-ip',
  '127.0.0.1',
  // A node that restarts is missed quickly, and its slots are not refused by the others meanwhile.
  '--cluster-node-timeout',
  2000,
  '--cluster-require-full-coverage',
  'no',
];

async function isWhole(node) {
  const info = String(await node.command('CLUSTER', 'INFO'));
  return /cluster_state:ok/.test(info) && /cluster_slots_ok:16384/.test(info) && /cluster_known_nodes:3/.test(info);
}
