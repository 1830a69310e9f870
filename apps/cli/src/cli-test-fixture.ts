import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { systemClock, type Clock } from '#libs/kernel';
import type { CliContext } from './cli-context.ts';
import { runCli } from './run-cli.ts';

/** What a request brought, for the assertions. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
}

/** A server that answers by a table of "METHOD /path" (without the query); several answers are given in turn, the last for ever. */
export class FakeQuarry {
  readonly seen: Seen[] = [];
  private readonly server: Server;
  url = '';

  constructor(private readonly routes: Readonly<Record<string, Answer | readonly Answer[]>>) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const { method = '', headers } = request;
        this.seen.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
        const { status = 200, json, text } = this.answerTo(`${method} ${path.split('?')[0]}`);
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(text ?? JSON.stringify(json ?? null));
      });
    });
  }

  private answerTo(route: string): Answer {
    const answers = [this.routes[route] ?? problem(404, 'no_such_route', `there is no ${route}`)].flat();
    const before = this.seen.filter(({ method, path }) => `${method} ${path.split('?')[0]}` === route).length - 1;
    return answers[Math.min(before, answers.length - 1)] as Answer;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }
}

export const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  json: { status, code, title: code, detail },
});

/** A process around a command: what it wrote, without colours, and signals to send. */
export class FakeTerminal implements CliContext {
  out = '';
  err = '';
  private readonly listeners = new Set<(signal: NodeJS.Signals) => void>();
  /** Called with each piece written, for tests that act in the middle. */
  onWrite: (text: string) => void = () => {};

  /** What is typed, when there is somebody to ask. */
  ask?: (question: string) => Promise<string | undefined>;

  constructor(
    readonly environment: CliContext['environment'] = {},
    readonly clock: Clock = systemClock,
  ) {}

  readonly stdout = { columns: 100, write: this.writer('out') };
  readonly stderr = { columns: 100, write: this.writer('err') };

  private writer(stream: 'out' | 'err'): CliContext['stdout']['write'] {
    return (chunk: string | Uint8Array, ...rest: unknown[]) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      this[stream] += stripVTControlCharacters(text);
      this.onWrite(text);
      const written = rest.at(-1);
      if (typeof written === 'function') (written as () => void)();
      return true;
    };
  }
  onSignal(action: (signal: NodeJS.Signals) => void): () => void {
    this.listeners.add(action);
    return () => this.listeners.delete(action);
  }
  signal(signal: NodeJS.Signals = 'SIGINT'): void {
    for (const listener of this.listeners) listener(signal);
  }
  get listening(): number {
    return this.listeners.size;
  }
}

/** Runs a command line against `server`, if there is one. */
export async function cli(
  args: readonly string[],
  server?: FakeQuarry,
  terminal = new FakeTerminal({ QUARRY_URL: server?.url }),
) {
  const code = await runCli(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

/** A job as the server would tell of it. */
export const job = (id: string, state: string, more: object = {}) => ({
  id,
  kind: 'import',
  index: 'books',
  state,
  createdAt: '2026-01-01T00:00:00.000Z',
  progress: { total: 4, done: 2, failed: 0 },
  work: { doneBytes: 1024, totalBytes: 4096, documents: 1500 },
  ...more,
});

export const written = (more: object = {}) => ({
  indexed: 3,
  updated: 0,
  deleted: 0,
  failed: 0,
  errors: [],
  version: 2,
  segments: 1,
  ...more,
});
