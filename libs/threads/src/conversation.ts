import { notFound, QuarryError } from '#libs/kernel';
import { OfferedStreams, ReceivedStreams, type StreamRef } from './byte-streams.ts';
import { Moved, receivedError, sentError, type Message, type SentError } from './wire.ts';

/** One end of a channel of messages: a worker, or the parent's port within one. */
export interface Port {
  postMessage(value: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (message: Message) => void): unknown;
}

/** What one side can be asked by name, each with one argument. Arguments and answers can be cloned. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Api = Readonly<Record<string, (arg: any) => unknown>>;

type Answer<T> = Awaited<T> extends Moved<infer V> ? V : Awaited<T>;

/** An API at the other side. */
export interface Remote<A extends Api> {
  /** Rejects with what the other side threw, `cancelled` by the signal included, or with why the conversation ended. */
  call<K extends keyof A & string>(
    name: K,
    arg: Parameters<A[K]>[0],
    options?: { readonly signal?: AbortSignal },
  ): Promise<Answer<ReturnType<A[K]>>>;
}

/** Who makes a call, as the one who answers it sees them. */
export interface Caller<Host extends Api = Api> extends Remote<Host> {
  /** Aborts when the caller wants the answer no more. */
  readonly signal: AbortSignal;
}

/** Answers calls. With it, whoever makes a call may be asked back while it is going on. */
export type Handlers = Readonly<Record<string, (arg: never, caller: Caller<never>) => unknown>>;

export interface CallOptions {
  /** What the other side may ask in the course of this call. */
  readonly host?: Handlers;
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly host: Handlers | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: QuarryError) => void;
}

/**
 * Both ends of a channel speak the same way: each calls the other by name, any number at once, and streams bytes. Errors keep
 * kind, code and details. A cancelled call ends when the other side has ended it, so what it holds is not forgotten.
 */
export class Conversation {
  readonly offered: OfferedStreams;
  readonly received: ReceivedStreams;
  private readonly pending = new Map<number, Pending>();
  private readonly running = new Map<number, AbortController>();
  private last = 0;
  private closedBy: QuarryError | undefined;

  /** @param handlers answer the calls that are not made in the course of another */
  constructor(
    private readonly port: Port,
    private readonly handlers: Handlers,
  ) {
    const post = this.post.bind(this);
    this.offered = new OfferedStreams(post);
    this.received = new ReceivedStreams(post);
    port.on('message', (message) => this.take(message));
  }

  call(name: string, arg: unknown, options: CallOptions = {}, within?: number): Promise<unknown> {
    const { host, signal } = options;
    if (this.closedBy) return Promise.reject(this.closedBy);
    if (signal?.aborted) return Promise.reject(new QuarryError('cancelled', `${name} was cancelled`));
    const id = ++this.last;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.pending.set(id, { host, resolve, reject });
    const cancel = (): void => this.post({ is: 'cancel', id });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      this.post({ is: 'call', id, name, arg, ...(within !== undefined && { within }) });
    } catch (error) {
      // It cannot be cloned: that is ours to mend.
      this.pending.delete(id);
      reject(new QuarryError('internal', `${name}: ${String(error)}`, { cause: error }));
    }
    return promise.finally(() => signal?.removeEventListener('abort', cancel));
  }

  /** The other side has gone: whatever waits for it fails with `reason`. */
  close(reason: QuarryError): void {
    if (this.closedBy) return;
    this.closedBy = reason;
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
    for (const call of this.running.values()) call.abort(reason);
    this.received.close(reason);
    this.offered.close();
  }

  offer(chunks: AsyncIterable<Uint8Array>, owned = false): StreamRef {
    return this.offered.offer(chunks, owned);
  }

  receive(ref: StreamRef): AsyncGenerator<Uint8Array> {
    return this.received.receive(ref);
  }

  private take(message: Message): void {
    switch (message.is) {
      case 'call':
        return void this.answer(message);
      case 'answer':
        return this.settle(message.id, ({ resolve }) => resolve(message.value));
      case 'failure':
        return this.settle(message.id, ({ reject }) => reject(receivedError(message.error)));
      case 'cancel':
        return this.running.get(message.id)?.abort();
      case 'pull':
        return void this.offered.pull(message.stream);
      case 'drop':
        return this.offered.drop(message.stream);
      case 'chunk':
        return this.received.chunk(message.stream, message.bytes);
      case 'end':
        return this.received.end(message.stream, message.error);
    }
  }

  private async answer({ id, name, arg, within }: Message & { is: 'call' }): Promise<void> {
    const abort = new AbortController();
    this.running.set(id, abort);
    const caller: Caller = {
      signal: abort.signal,
      call: (asked, its, options) => this.call(asked, its, options, id),
    };
    let failed: SentError;
    try {
      const handlers = within === undefined ? this.handlers : this.pending.get(within)?.host;
      if (!handlers || !Object.hasOwn(handlers, name)) throw notFound('no_such_call', `nobody answers "${name}" here`);
      const value = await handlers[name]!(arg as never, caller as Caller<never>);
      if (value instanceof Moved) this.post({ is: 'answer', id, value: value.value }, value.buffers);
      else this.post({ is: 'answer', id, value });
      return;
    } catch (error) {
      failed = sentError(error);
    } finally {
      this.running.delete(id);
    }
    this.post({ is: 'failure', id, error: failed });
  }

  private settle(id: number, how: (pending: Pending) => void): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if (pending) how(pending);
  }

  private post(message: Message, buffers: readonly ArrayBuffer[] = []): void {
    if (!this.closedBy) this.port.postMessage(message, buffers);
  }
}
