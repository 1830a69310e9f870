import { createServer } from 'node:net';

/**
 * Ports of 127.0.0.1 that nobody listens on now. They lie below the range that the system gives to outgoing connections,
 * so that one that is kept for a server's restart is not taken by a client meanwhile.
 * @param {number} count
 * @param {(port: number) => readonly number[]} [alsoFree] other ports that must be free with each, as a Redis Cluster's bus
 * @returns {Promise<number[]>}
 */
export async function freePorts(count, alsoFree = () => []) {
  const taken = new Set();
  const ports = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > 1000) throw new Error(`${count} free ports of 127.0.0.1: not found in 1000 tries`);
    const port = 11_000 + Math.floor(Math.random() * 10_000);
    const all = [port, ...alsoFree(port)];
    if (all.some((one) => taken.has(one)) || !(await Promise.all(all.map(isFree))).every(Boolean)) continue;
    for (const one of all) taken.add(one);
    ports.push(port);
  }
  return ports;
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
