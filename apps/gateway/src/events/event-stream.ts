import type { ServerResponse } from 'node:http';
import { QuarryError, type Clock } from '#libs/kernel';
import type { JobEvent } from './job-follower.ts';

/** A browser that lost its stream comes back after so long. */
const RETRY_MS = 1_000;
/** Who takes nothing for so long holds a connection for nothing: it is closed, and may come back. */
const STALLED_MS = 60_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // nginx passes it on at once then.
  'X-Accel-Buffering': 'no',
  // A stream has used its connection up when it ends.
  Connection: 'close',
};

/**
 * A response of server-sent events (HTML Living Standard §9.2). A write resolves when the bytes have left this process: who
 * awaits each has at most one in memory, however slowly they are read.
 */
export class EventStream {
  private readonly over = new AbortController();
  private writing = false;

  /** @param stop asks it to end, so that its client goes elsewhere */
  constructor(
    private readonly response: ServerResponse,
    private readonly clock: Clock,
    stop: AbortSignal,
  ) {
    const end = (): void => this.over.abort();
    response.once('close', end);
    // Told when writing as well, to nobody else: without a listener the process would end.
    response.on('error', end);
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true });
    response.once('close', () => stop.removeEventListener('abort', end));
  }

  /** Aborts when the client has gone or the stream shall end. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  async open(): Promise<void> {
    this.response.writeHead(200, HEADERS);
    await this.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** None: a comment, as a sign of life. Rejects with `cancelled` when the client has gone, or has stalled. */
  async send(events: readonly JobEvent[]): Promise<void> {
    await this.write(events.length === 0 ? ':\n\n' : events.map(frame).join(''));
  }

  /** What is still on its way to a client that does not read is dropped. */
  end(): void {
    if (this.writing) this.response.destroy();
    else this.response.end();
  }

  private async write(text: string): Promise<void> {
    this.writing = true;
    const stalled = this.clock.after(STALLED_MS, () => this.over.abort());
    try {
      await new Promise<void>((resolve, reject) => {
        const gone = (): void => reject(new QuarryError('cancelled', 'the client has gone', { code: 'client_gone' }));
        if (this.signal.aborted) return gone();
        this.signal.addEventListener('abort', gone, { once: true });
        this.response.write(text, (error) => {
          this.signal.removeEventListener('abort', gone);
          if (error) gone();
          else resolve();
        });
      });
      this.writing = false;
    } finally {
      stalled();
    }
  }
}

/** JSON has no line breaks, so that one data line holds it. */
const frame = ({ id, event, data }: JobEvent): string =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
