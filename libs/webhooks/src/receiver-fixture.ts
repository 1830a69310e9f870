import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { CERTIFICATE, PRIVATE_KEY } from './self-signed-fixture.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ReceiverOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: true;
}

/** A receiver of webhooks: keeps what it is sent and answers as it is told. */
export class Receiver {
  readonly received: Received[] = [];
  connections = 0;
  answer: (response: ServerResponse, request: Received, socket: Socket) => void = (response) => {
    response.writeHead(204).end();
  };

  private constructor(
    private readonly server: Server,
    readonly url: string,
    readonly port: number,
  ) {}

  static async start({ host = '127.0.0.1', port = 0, tls }: ReceiverOptions = {}): Promise<Receiver> {
    const server = tls ? createHttpsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }) : createHttpServer();
    server.listen(port, host);
    await once(server, 'listening');
    const address = server.address() as AddressInfo;
    const receiver = new Receiver(server, `${tls ? 'https' : 'http'}://${host}:${address.port}`, address.port);
    server.on('connection', () => receiver.connections++);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => {});
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const received = { path: request.url ?? '', headers: request.headers, body };
        receiver.received.push(received);
        receiver.answer(response, received, request.socket);
      });
    });
    return receiver;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
