import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { unavailable } from '#libs/kernel';
import type { Platform } from './platform.ts';
import { readiness } from './readiness.ts';

export interface ProbeServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * `/healthz`, `/readyz` and `/metrics` of a process that serves no other HTTP. No credentials: it tells nothing of anyone's
 * data, and whoever runs probes binds it where only they reach it. Rejects with `unavailable` (`port_in_use`).
 */
export function serveProbes(platform: Platform, port: number): Promise<ProbeServer> {
  const server = createServer((request, response) => {
    answer(platform, request, response).catch((error: unknown) => {
      platform.logger.warn({ err: error }, 'a probe could not be answered');
      response.writeHead(500).end();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      reject(unavailable('port_in_use', `port ${port} for probes is taken; choose another with QUARRY_PROBE_PORT`));
    });
    server.listen(port, platform.settings.host, () => {
      const address = server.address() as { port: number };
      resolve({
        port: address.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function answer(platform: Platform, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { code: 'method_not_allowed' });
  switch (request.url?.split('?')[0]) {
    case '/healthz':
      return json(200, { status: 'ok' });
    case '/readyz': {
      const state = await readiness(platform);
      return json(state.status === 'ready' ? 200 : 503, state);
    }
    case '/metrics': {
      const text = await platform.metrics.render();
      response.writeHead(200, { 'content-type': platform.metrics.contentType }).end(text);
      return;
    }
    default:
      return json(404, { code: 'not_found', detail: 'there is /healthz, /readyz and /metrics' });
  }
}
