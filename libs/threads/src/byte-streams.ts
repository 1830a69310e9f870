import type { QuarryError } from '#libs/kernel';
import { receivedError, sendable, sentError, type Message, type SentError } from './wire.ts';

/** Stands for a stream of bytes in an argument or an answer. */
export interface StreamRef {
  readonly stream: number;
}

type Post = (message: Message, buffers?: readonly ArrayBuffer[]) => void;

interface Offered {
  readonly iterator: AsyncIterator<Uint8Array>;
  readonly owned: boolean;
}

/** Streams that this side offers: the other pulls chunk by chunk, which is the back-pressure. */
export class OfferedStreams {
  private readonly streams = new Map<number, Offered>();
  private last = 0;

  constructor(private readonly post: Post) {}

  /** @param owned nobody else looks at the chunks: they change hands uncopied */
  offer(chunks: AsyncIterable<Uint8Array>, owned: boolean): StreamRef {
    const stream = ++this.last;
    this.streams.set(stream, { iterator: chunks[Symbol.asyncIterator](), owned });
    return { stream };
  }

  async pull(stream: number): Promise<void> {
    const offered = this.streams.get(stream);
    if (!offered) return;
    try {
      const next = await offered.iterator.next();
      if (next.done) this.end(stream);
      else {
        const { bytes, buffers } = sendable(next.value, offered.owned);
        this.post({ is: 'chunk', stream, bytes }, buffers);
      }
    } catch (error) {
      this.end(stream, sentError(error));
    }
  }

  /** The other side wants no more of it. */
  drop(stream: number): void {
    const offered = this.streams.get(stream);
    this.streams.delete(stream);
    // Whoever wanted to know of a failure has gone.
    offered?.iterator.return?.().catch(() => {});
  }

  close(): void {
    for (const stream of this.streams.keys()) this.drop(stream);
  }

  private end(stream: number, error?: SentError): void {
    if (this.streams.delete(stream)) this.post({ is: 'end', stream, ...(error && { error }) });
  }
}

type Pulled = { readonly bytes: Uint8Array } | { readonly error: QuarryError | undefined };

/** Streams that the other side offers. */
export class ReceivedStreams {
  private readonly waiting = new Map<number, (pulled: Pulled) => void>();
  private closedBy: QuarryError | undefined;

  constructor(private readonly post: Post) {}

  /** Read once. One chunk is fetched ahead, so that this side computes while the other reads. */
  async *receive({ stream }: StreamRef): AsyncGenerator<Uint8Array> {
    let over = false;
    try {
      let next = this.pull(stream);
      for (;;) {
        const pulled = await next;
        if (!('bytes' in pulled)) {
          over = true;
          if (pulled.error) throw pulled.error;
          return;
        }
        next = this.pull(stream);
        yield pulled.bytes;
      }
    } finally {
      this.waiting.delete(stream);
      if (!over && !this.closedBy) this.post({ is: 'drop', stream });
    }
  }

  chunk(stream: number, bytes: Uint8Array): void {
    this.settle(stream, { bytes });
  }

  end(stream: number, error: SentError | undefined): void {
    this.settle(stream, { error: error && receivedError(error) });
  }

  close(reason: QuarryError): void {
    this.closedBy = reason;
    for (const stream of this.waiting.keys()) this.settle(stream, { error: reason });
  }

  private pull(stream: number): Promise<Pulled> {
    if (this.closedBy) return Promise.resolve({ error: this.closedBy });
    const { promise, resolve } = Promise.withResolvers<Pulled>();
    this.waiting.set(stream, resolve);
    this.post({ is: 'pull', stream });
    return promise;
  }

  private settle(stream: number, pulled: Pulled): void {
    const waiting = this.waiting.get(stream);
    this.waiting.delete(stream);
    waiting?.(pulled);
  }
}
