import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureProgram } from './ensure-program.mjs';
import { freePorts } from './free-ports.mjs';
import { ownedFolder } from './owned-folder.mjs';
import { endOwned, startOwned } from './owned-process.mjs';
import { redisCommand } from './redis-command.mjs';
import { startRedis } from './own-redis.mjs';
import { until } from './run-command.mjs';

/** Of the master, as a sentinel knows it. */
const NAME = 'quarry';

/**
 * A master with one replica, watched by one sentinel that decides alone. A killed master is replaced within some seconds.
 * @returns {Promise<{url: string, port: number, master: import('./own-redis.mjs').OwnRedis,
 *   replica: import('./own-redis.mjs').OwnRedis, masterPort: () => Promise<number>, stop: () => Promise<void>}>}
 *   `masterPort`: of whoever is the master now
 */
export async function startSentinel() {
  const program = await ensureProgram('redis-server', ['redis-server']);
  const folder = await ownedFolder('quarry-sentinel');
  const stops = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    // The default lets a replica wait for five seconds in case another one comes.
    const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    stops.push(master.stop);
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', master.port] });
    stops.push(replica.stop);
    const linked = async () => /master_link_status:up/.test(String(await replica.command('INFO', 'replication')));
    await until(linked, 'the replica to follow its master', 300_000);
    const [port] = await freePorts(1);
    const conf = join(folder, 'sentinel.conf');
    await writeFile(conf, confOf(port, folder, master.port));
    const child = await startOwned(program, [conf, '--sentinel'], { log: join(folder, 'sentinel.log'), cwd: folder });
    stops.push(() => endOwned(child));
    const knows = async () => /num-slaves 1/.test(pairs(await redisCommand(port, 'SENTINEL', 'MASTER', NAME)));
    await until(() => knows().catch(() => false), 'the sentinel to know the replica', 300_000);
    const masterPort = async () => Number((await redisCommand(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME))[1]);
    return { url: `redis+sentinel://127.0.0.1:${port}/${NAME}`, port, master, replica, masterPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const pairs = (list) => list.map((item, i) => (i % 2 ? `${item}\n` : `${item} `)).join('');

const confOf = (port, folder, masterPort) => `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 1
sentinel down-after-milliseconds ${NAME} 1000
sentinel failover-timeout ${NAME} 4000
`;
