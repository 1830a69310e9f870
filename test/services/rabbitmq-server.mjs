import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { amqpAnswers } from './amqp-answers.mjs';
import { dockerRuns, dockerServer } from './docker-server.mjs';
import { findOrInstall, missingProgram } from './ensure-program.mjs';
import { freePorts } from './free-ports.mjs';
import { ownedFolder } from './owned-folder.mjs';
import { endOwned, startOwned } from './owned-process.mjs';
import { ownedServer } from './owned-server.mjs';
import { runCommand, until } from './run-command.mjs';

const PACKAGES = ['rabbitmq-server'];
/** As docker-compose.yml has it; where there is no program of that name. */
const IMAGE = 'rabbitmq:3.13-alpine';
/** One of many on a developer's machine: small logs of Raft, no alarm for a disk that is rather full. */
const SMALL = ['raft.wal_max_size_bytes = 33554432', 'disk_free_limit.absolute = 50MB'];
/** Debian's program on the PATH changes to a user of its own and its folders; these are the real ones. */
const FOLDERS = ['/usr/lib/rabbitmq/bin'];

/**
 * A RabbitMQ of one's own: a node with its own name, ports, folder, cookie and port mapper (epmd), user guest/guest.
 * @typedef {object} OwnRabbit
 * @property {string} url
 * @property {number} port
 * @property {string} folder
 * @property {() => Promise<void>} stop ends it and removes its folder
 * @property {() => Promise<void>} kill kill -9
 * @property {() => Promise<void>} restart lets it end in an orderly way if it runs, and starts it again on the same port and folder
 * @property {(...args: string[]) => Promise<string>} ctl runs rabbitmqctl; gives what it printed
 */

/** Whether it can be had at all; installs what is missing if we may, else throws and says what to do. */
export async function ensureRabbitCanStart() {
  if ((await programs()) === undefined && !(await dockerRuns())) throw missingProgram('rabbitmq-server', PACKAGES);
}

async function programs() {
  const server = await findOrInstall('rabbitmq-server', PACKAGES, FOLDERS);
  const epmd = await findOrInstall('epmd', ['erlang-base'], ['/usr/lib/erlang/bin']);
  return server === undefined || epmd === undefined ? undefined : { server, epmd };
}

/**
 * @param {{port?: number, conf?: readonly string[], parent?: string, onEnd?: (why: string) => void}} [options]
 *   `conf`: more lines of rabbitmq.conf; `parent`: of its folder; `onEnd` is told when it ends by itself
 * @returns {Promise<OwnRabbit>}
 */
export async function startRabbit({ port, conf = [], parent, onEnd } = {}) {
  await ensureRabbitCanStart();
  const folder = await ownedFolder('quarry-rabbit', parent);
  const own = port ?? (await freePorts(1))[0];
  const node = await ((await programs()) === undefined ? containerNode : programNode)({
    folder,
    port: own,
    conf,
    onEnd,
  });
  const start = async () => {
    await node.start();
    const answers = async () => {
      if (await amqpAnswers(own)) return true;
      const why = await node.ended();
      if (why !== undefined) throw new Error(`rabbitmq-server ended by itself:\n${why}`);
      return false;
    };
    await until(answers, `rabbitmq-server on port ${own} to answer (see ${folder})`, 300_000, 50);
  };
  const stop = async () => {
    // Nothing is worth saving: the folder is removed.
    await node.end('SIGKILL');
    await node.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${own}`,
    port: own,
    folder,
    stop,
    kill: () => node.end('SIGKILL'),
    restart: async () => {
      await node.end('SIGTERM');
      await start();
    },
    ctl: (...args) => node.ctl('--quiet', ...args),
  };
}

/** From the programs of this machine. */
async function programNode({ folder, port, conf, onEnd }) {
  const { server, epmd } = await programs();
  const [distPort, epmdPort] = (await freePorts(3)).filter((free) => free !== port);
  const log = join(folder, 'rabbit.log');
  const env = await environmentOf(folder, port, distPort, epmdPort, conf);
  const options = { log, env, cwd: folder };
  const mapper = await startOwned(epmd, ['-port', String(epmdPort), '-address', '127.0.0.1'], options);
  return {
    ...ownedServer({ program: server, ...options, onEnd }),
    remove: () => endOwned(mapper),
    ctl: (...args) => runCommand(join(dirname(server), 'rabbitmqctl'), args, { env, cwd: folder }),
  };
}

/** Where there are none. */
async function containerNode({ folder, port, conf }) {
  const file = join(folder, 'rabbitmq.conf');
  await writeFile(file, [...SMALL, ...conf, ''].join('\n'));
  const mounts = { [file]: '/etc/rabbitmq/conf.d/90-quarry.conf' };
  const container = await dockerServer({ image: IMAGE, port, innerPort: 5672, mounts });
  return { ...container, ctl: (...args) => container.exec('rabbitmqctl', ...args) };
}

async function environmentOf(folder, port, distPort, epmdPort, conf) {
  const files = {
    'rabbitmq.conf': [
      `listeners.tcp.local = 127.0.0.1:${port}`,
      ...SMALL,
      'num_acceptors.tcp = 2',
      'log.console = true',
      'log.console.level = warning',
      ...conf,
    ].join('\n'),
    enabled_plugins: '[].',
    'rabbitmq-env.conf': '',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), `${text}\n`);
  await writeFile(join(folder, '.erlang.cookie'), randomBytes(16).toString('hex'), { mode: 0o400 });
  await mkdir(join(folder, 'log'));
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Makes the script become the server instead of its parent, so that a signal to it reaches the server.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: `quarry${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_SCHEMA_DIR: join(folder, 'schema'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_PLUGINS_EXPAND_DIR: join(folder, 'plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
}
