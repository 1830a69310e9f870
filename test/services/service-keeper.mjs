// Owns a server for test runs: `node service-keeper.mjs <service> <socket>`. A run holds a connection to the socket while it
// lasts and is told there, in one line of JSON, where the server is or why there is none. Connections end with their
// process however it dies, so when the last has been gone for a while the server goes, its folder with it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { startCeph } from './ceph-cluster.mjs';
import { startRabbit } from './rabbitmq-server.mjs';

/** Long enough for the next run of somebody at work. */
const IDLE_MS = 120_000;

/** How each is started in a folder. `onEnd` is told when it ends by itself. */
const SERVICES = {
  ceph: startCeph,
  rabbitmq: async (parent, onEnd) => {
    const { url, stop } = await startRabbit({ parent, onEnd });
    return { server: { url }, stop };
  },
};

const [service, socketPath] = process.argv.slice(2);
const servicesFolder = dirname(socketPath);
// Keepers of a service start one at a time, so these are of keepers that were killed, or failed.
for (const name of readdirSync(servicesFolder))
  if (name.startsWith(`${service}-`)) rmSync(join(servicesFolder, name), { recursive: true, force: true });
const folder = mkdtempSync(join(servicesFolder, `${service}-`));
const runs = new Set();
let started;
let idle;
let ending;

function end(code) {
  ending ??= (async () => {
    listener.close();
    await started?.stop();
    // What failed is kept to be looked at.
    if (code === 0) rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  })();
  return ending;
}

function waitForRuns() {
  clearTimeout(idle);
  if (runs.size === 0) idle = setTimeout(() => end(0), IDLE_MS);
}

let tell;
const outcome = new Promise((resolve) => (tell = resolve));
const listener = createServer((run) => {
  runs.add(run);
  waitForRuns();
  run.on('error', () => undefined);
  run.on('close', () => {
    runs.delete(run);
    waitForRuns();
  });
  run.resume();
  void outcome.then((line) => run.write(`${JSON.stringify(line)}\n`));
});
listener.on('error', (error) => {
  rmSync(folder, { recursive: true, force: true });
  throw error;
});
listener.listen(socketPath, async () => {
  waitForRuns();
  try {
    started = await SERVICES[service](folder, (why) => {
      console.error(why);
      end(1);
    });
    tell({ server: started.server });
  } catch (error) {
    tell({ failed: `${error.message}\n(the logs are in ${folder})` });
    setTimeout(() => end(1), 1000);
  }
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => end(0));
