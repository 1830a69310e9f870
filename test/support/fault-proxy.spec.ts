import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultProxy } from './fault-proxy.ts';

const BODY = 'x'.repeat(10_000);
let behind: Server;
let seen: string[];
let proxy: FaultProxy | undefined;

beforeEach(async () => {
  seen = [];
  behind = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`);
    response.writeHead(200, { 'content-length': BODY.length, etag: '"e"' });
    response.end(BODY);
  });
  behind.listen(0, '127.0.0.1');
  await once(behind, 'listening');
});
afterEach(async () => {
  await proxy?.stop();
  behind.closeAllConnections();
  behind.close();
});

const start = async (share: number, seed = 1): Promise<FaultProxy> => {
  const endpoint = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
  proxy = await FaultProxy.start({ endpoint, seed, share });
  proxy.on = true;
  return proxy;
};

/** What the client sees of a request. */
async function outcomeOf(url: string): Promise<string> {
  try {
    const response = await fetch(url);
    const text = await response.text();
    return `${response.status} ${text.length}`;
  } catch {
    return 'broken';
  }
}

it('passes requests on as they are, under the host that the client signed for', async () => {
  const { endpoint } = await start(0);
  expect(await outcomeOf(`${endpoint}/bucket/a%20key?x=1`)).toBe(`200 ${BODY.length}`);
  expect(seen).toEqual([`GET /bucket/a%20key?x=1 ${new URL(endpoint).host}`]);
});

it('spoils the share that it should, in each of its ways, and the same for the same seed', async () => {
  const run = async (): Promise<{ outcomes: string[]; faults: FaultProxy['faults']; reached: number }> => {
    seen = [];
    const started = await start(0.5, 7);
    const outcomes: string[] = [];
    for (let i = 0; i < 80; i++) outcomes.push(await outcomeOf(started.endpoint));
    await started.stop();
    return { outcomes, faults: started.faults, reached: seen.length };
  };
  const { outcomes, faults, reached } = await run();
  const count = (outcome: string): number => outcomes.filter((each) => each.startsWith(outcome)).length;
  const { slowDown, resetBefore, resetAfter, cutShort } = faults;
  expect(Math.min(slowDown, resetBefore, resetAfter, cutShort)).toBeGreaterThan(2);
  expect(count('503')).toBe(slowDown);
  expect(count('broken')).toBe(resetBefore + resetAfter + cutShort);
  expect(count('200')).toBe(80 - slowDown - resetBefore - resetAfter - cutShort);
  // The server acted on what was reset afterwards.
  expect(reached).toBe(80 - slowDown - resetBefore);
  const again = await run();
  expect(again.outcomes).toEqual(outcomes);
  proxy = undefined;
});
