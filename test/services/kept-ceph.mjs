import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { until } from './run-command.mjs';
import { s3Answers } from './s3-request.mjs';

const STARTING_MS = 120_000;
const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool'];

/** The first program of Ceph that is missing, or undefined. */
export function missingCephProgram() {
  const folders = (process.env.PATH ?? '').split(':');
  return PROGRAMS.find((program) => !folders.some((folder) => isFile(join(folder, program))));
}

function isFile(path) {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}

/** The Ceph that a run before left up, or a new one. `release` lets go of it; it ends by itself when nobody holds it. */
export async function holdCeph() {
  const folder = servicesFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socketPath = join(folder, 'ceph.sock');
  const connection = await withLock(join(folder, 'lock'), async () => {
    const running = await tryConnect(socketPath);
    if (running) return running;
    rmSync(socketPath, { force: true });
    const logPath = join(folder, 'keeper.log');
    const log = openSync(logPath, 'w');
    const keeper = spawn(process.execPath, [fileURLToPath(new URL('ceph-keeper.mjs', import.meta.url)), socketPath], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
    });
    closeSync(log);
    keeper.unref();
    return until(() => tryConnect(socketPath), `the keeper of Ceph to start (see ${logPath})`, 10_000);
  });
  const answer = await firstLine(connection);
  if (answer.failed !== undefined || !(await s3Answers(answer.server))) {
    connection.destroy();
    throw new Error(`Ceph did not start: ${answer.failed ?? 'its gateway does not answer'}`);
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

function firstLine(connection) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Ceph: not up within ${STARTING_MS / 1000} s`)), STARTING_MS);
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
