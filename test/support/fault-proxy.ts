import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { seededRandom, type Random } from '#libs/kernel';

export interface FaultOptions {
  /** The S3 server behind it. */
  readonly endpoint: string;
  readonly seed: number;
  /** 0 … 1: of the requests, while `on`. */
  readonly share: number;
  /** Before each request is passed on. */
  readonly latencyMs?: number;
}

/** What may become of a request that is chosen; each as likely as the others. */
const FAULTS = ['slowDown', 'resetBefore', 'resetAfter', 'cutShort'] as const;
type Fault = (typeof FAULTS)[number];

const SLOW_DOWN =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>';

/**
 * Stands before an S3 server and spoils a share of the requests: answers 503 SlowDown, resets the connection before the
 * server has seen the request or after it has acted on it (then nobody knows that it did), or cuts an answer short. It
 * keeps the Host header, so that signatures hold.
 */
export class FaultProxy {
  private readonly server: Server;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private readonly random: Random;
  private readonly options: FaultOptions;
  on = false;
  requests = 0;
  readonly faults: Record<Fault, number> = { slowDown: 0, resetBefore: 0, resetAfter: 0, cutShort: 0 };

  private constructor(options: FaultOptions) {
    this.options = options;
    this.random = seededRandom(options.seed);
    this.server = createServer((incoming, outgoing) => this.pass(incoming, outgoing));
    this.server.keepAliveTimeout = 60_000;
  }

  static async start(options: FaultOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    this.agent.destroy();
  }

  private pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.requests++;
    const fault = this.draw();
    if (fault !== undefined) this.faults[fault]++;
    // Whoever asked may be killed at any time.
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    if (fault === 'resetBefore') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (fault === 'slowDown') {
      incoming.resume();
      outgoing.writeHead(503, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(SLOW_DOWN) });
      outgoing.end(incoming.method === 'HEAD' ? undefined : SLOW_DOWN);
      return;
    }
    const { latencyMs = 0 } = this.options;
    if (latencyMs > 0) setTimeout(() => this.forward(incoming, outgoing, fault), latencyMs);
    else this.forward(incoming, outgoing, fault);
  }

  private draw(): Fault | undefined {
    if (!this.on || this.random.next() >= this.options.share) return undefined;
    return FAULTS[Math.floor(this.random.next() * FAULTS.length)];
  }

  private forward(incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): void {
    const { expect: _, ...headers } = incoming.headers;
    const { hostname, port } = new URL(this.options.endpoint);
    const inner = request(
      { hostname, port, method: incoming.method, path: incoming.url, headers, agent: this.agent, setHost: false },
      (answer) => {
        if (fault === 'resetAfter') {
          answer.resume();
          incoming.socket.resetAndDestroy();
          return;
        }
        outgoing.writeHead(answer.statusCode!, answer.headers);
        if (fault === 'cutShort') {
          answer.once('data', (chunk: Buffer) => {
            outgoing.write(chunk.subarray(0, chunk.length >> 1), () => incoming.socket.destroy());
            answer.destroy();
          });
          // An answer without a body cannot be cut.
          answer.once('end', () => outgoing.end());
          return;
        }
        answer.on('error', () => outgoing.destroy());
        answer.pipe(outgoing);
      },
    );
    inner.on('error', () => incoming.socket.destroy());
    incoming.on('close', () => {
      if (!incoming.complete) inner.destroy();
    });
    incoming.pipe(inner);
  }
}
