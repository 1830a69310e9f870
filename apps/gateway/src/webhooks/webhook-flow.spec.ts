import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { loadSettings } from '#config';
import { WorkerHost } from '#libs/jobs';
import { openPlatform } from '../../../platform/src/open-platform.ts';
import type { Platform } from '../../../platform/src/platform.ts';
import { serveGateway, type Gateway } from '../gateway.ts';

interface Call {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let folder: string;
let platform: Platform;
let gateway: Gateway;
let worker: WorkerHost;
let receiver: Server;
let url: string;
const calls: Call[] = [];
let called = (): void => {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quarry-webhooks-'));
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(204).end();
      called();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const settings = loadSettings({
    QUARRY_DATA: folder,
    QUARRY_PORT: '0',
    QUARRY_LOG_LEVEL: 'silent',
    QUARRY_WEBHOOK_ALLOW: '127.0.0.1/32',
  });
  platform = await openPlatform(settings, { name: 'standalone' });
  gateway = await serveGateway(platform);
  worker = new WorkerHost(platform.jobParts, { roles: ['search', 'index', 'maintenance'], concurrency: {} });
  await worker.start();
});

afterAll(async () => {
  await worker.close(1_000);
  await gateway.close();
  await platform.close();
  receiver.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function callTo(path: string): Promise<Call> {
  for (;;) {
    const found = calls.find((call) => call.path === path);
    if (found) return found;
    await new Promise<void>((resolve) => {
      called = resolve;
    });
  }
}

// oxlint-disable-next-line typescript/no-explicit-any
async function api(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(`${gateway.url}/v1${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answer.json();
}

const verified = ({ headers, body }: Call, secret: string): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

it('an import, a search and a failure are told over HTTP to callbacks and endpoints that verify them', async () => {
  const { secret } = await api('GET', '/webhooks/callback-secret');
  const endpoint = await api('POST', '/webhooks', { url: `${url}/all`, events: ['job.succeeded', 'job.failed'] });
  await api('POST', `/indexes/books/documents?wait=5s&callbackUrl=${url}/imported`, [{ _id: '1', title: 'moby dick' }]);
  const imported = await callTo('/imported');
  expect(verified(imported, secret)).toMatchObject({
    type: 'job.succeeded',
    data: { job: { kind: 'import', index: 'books', coverage: 1 }, result: { indexed: 1 } },
  });
  const toAll = await callTo('/all');
  expect(verified(toAll, endpoint.secret)).toMatchObject({ type: 'job.succeeded', data: { job: { index: 'books' } } });
  expect(toAll.headers['webhook-id']).not.toBe(imported.headers['webhook-id']);

  await api('POST', '/indexes/books/search', { q: 'moby', callbackUrl: `${url}/searched` });
  expect(verified(await callTo('/searched'), secret)).toMatchObject({
    data: { job: { kind: 'search' }, result: { hits: [{ _id: '1' }] } },
  });

  const { deliveries } = await api('GET', `/webhooks/${endpoint.id}/deliveries`);
  expect(deliveries.length).toBeGreaterThanOrEqual(1);
  expect(await api('POST', `/indexes/books/search?callbackUrl=http://127.0.0.2/`, { q: 'moby' })).toMatchObject({
    status: 400,
    code: 'bad_callback_url',
  });
});
