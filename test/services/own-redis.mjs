import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerRuns, dockerServer } from './docker-server.mjs';
import { findOrInstall, missingProgram } from './ensure-program.mjs';
import { freePorts } from './free-ports.mjs';
import { ownedFolder } from './owned-folder.mjs';
import { ownedServer } from './owned-server.mjs';
import { redisCommand } from './redis-command.mjs';
import { until } from './run-command.mjs';

/** As docker-compose.yml has it; where there is no program of that name. */
const IMAGE = 'redis:7.4-alpine';

/**
 * A Redis of one's own on a free port of 127.0.0.1, in a folder of its own.
 * @typedef {object} OwnRedis
 * @property {string} url
 * @property {number} port
 * @property {string} folder
 * @property {() => Promise<void>} stop ends it and removes its folder
 * @property {() => Promise<void>} kill kill -9; what it has not written is gone
 * @property {() => Promise<void>} restart ends it with SIGTERM if it runs, starts it again on the same port and folder
 * @property {(...words: (string | number)[]) => Promise<unknown>} command
 */

/**
 * @param {{appendonly?: boolean, fsync?: 'always' | 'everysec' | 'no', port?: number, args?: readonly string[]}} [options]
 * @returns {Promise<OwnRedis>}
 */
export async function startRedis({ appendonly = false, fsync = 'everysec', port, args = [] } = {}) {
  const program = await findOrInstall('redis-server', ['redis-server']);
  if (program === undefined && !(await dockerRuns())) throw missingProgram('redis-server', ['redis-server']);
  const folder = await ownedFolder('quarry-redis');
  const own = port ?? (await freePorts(1))[0];
  const settings = ['--save', '', '--appendonly', appendonly ? 'yes' : 'no', '--appendfsync', fsync, ...args].map(
    String,
  );
  const server =
    program === undefined
      ? await dockerServer({ image: IMAGE, port: own, innerPort: 6379, args: ['redis-server', ...settings] })
      : ownedServer({
          program,
          args: ['--port', String(own), '--bind', '127.0.0.1', '--dir', folder, ...settings],
          log: join(folder, 'redis.log'),
          cwd: folder,
        });
  const start = async () => {
    await server.start();
    const answers = async () => {
      if ((await redisCommand(own, 'PING').catch(() => undefined)) === 'PONG') return true;
      const why = await server.ended();
      if (why !== undefined) throw new Error(`redis-server ended by itself:\n${why}`);
      return false;
    };
    await until(answers, `redis-server on port ${own} to answer`, 300_000, 20);
  };
  const stop = async () => {
    await server.end('SIGKILL');
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${own}`,
    port: own,
    folder,
    stop,
    kill: () => server.end('SIGKILL'),
    restart: async () => {
      await server.end('SIGTERM');
      await start();
    },
    command: (...words) => redisCommand(own, ...words),
  };
}
