import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { until } from './run-command.mjs';

const STARTING_MS = 300_000;

/**
 * The server of this name that a run before left up, or a new one; service-keeper.mjs knows the names.
 * @param {string} service
 * @returns {Promise<{server: any, release: () => void}>} `server`: where it is. `release` lets go of it; it ends by itself
 *   when nobody holds it.
 */
export async function holdService(service) {
  const folder = servicesFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socketPath = join(folder, `${service}.sock`);
  const connection = await withLock(join(folder, `${service}.lock`), async () => {
    const running = await tryConnect(socketPath);
    if (running) return running;
    rmSync(socketPath, { force: true });
    const logPath = join(folder, `${service}.log`);
    const log = openSync(logPath, 'w');
    const program = fileURLToPath(new URL('service-keeper.mjs', import.meta.url));
    const keeper = spawn(process.execPath, [program, service, socketPath], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
    });
    closeSync(log);
    keeper.unref();
    return until(() => tryConnect(socketPath), `the keeper of ${service} to start (see ${logPath})`, STARTING_MS);
  });
  const answer = await firstLine(connection, service);
  if (answer.failed !== undefined) {
    connection.destroy();
    throw new Error(`${service} did not start: ${answer.failed}`);
  }
  connection.unref();
  return { server: answer.server, release: () => connection.destroy() };
}

/** Of this user. A socket's path has at most 107 bytes, which a long TMPDIR does not leave. */
function servicesFolder() {
  const name = `quarry-test-services-${process.getuid?.() ?? 0}`;
  return join(tmpdir().length > 60 ? '/tmp' : tmpdir(), name);
}

function tryConnect(path) {
  return new Promise((resolve) => {
    const connection = connect(path);
    connection.once('connect', () => resolve(connection));
    connection.once('error', () => resolve(undefined));
  });
}

function firstLine(connection, service) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${service}: not up within ${STARTING_MS / 1000} s`)), STARTING_MS);
    const lines = createInterface({ input: connection });
    connection.on('error', () => undefined);
    lines.once('line', (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line));
    });
    connection.once('close', () => {
      clearTimeout(timer);
      resolve({ failed: 'its keeper ended' });
    });
  });
}

/** One process at a time; a lock whose owner is dead is taken over. */
async function withLock(path, work) {
  await until(() => tryLock(path), `the lock ${path}`, STARTING_MS, 50);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    try {
      process.kill(Number(readFileSync(path, 'utf8')), 0);
    } catch (error) {
      if (error.code === 'ESRCH') rmSync(path, { force: true });
    }
    return false;
  }
}
