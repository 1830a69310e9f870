import type { ResourceLimits } from 'node:worker_threads';
import { QuarryError, type Clock } from '#libs/kernel';
import type { Conversation, Handlers } from './conversation.ts';
import { Thread, type ThreadEntry } from './thread.ts';

export interface ThreadPoolOptions {
  readonly entry: ThreadEntry;
  /** At most; they are started as calls come. */
  readonly threads: number;
  /** Calls that one thread runs at once: while one waits for its bytes another computes. */
  readonly callsPerThread: number;
  /** Calls that wait for a place, at most; one more is `overloaded` (`threads_busy`). */
  readonly maxWaiting: number;
  /** A thread without work is ended after so long. Undefined: it is kept, with what it remembers. */
  readonly idleMs?: number;
  /** A call that has not ended so long after it was cancelled does not listen: its thread is replaced. */
  readonly deafAfterMs?: number;
  readonly limits?: ResourceLimits;
  /** What every thread is told when it starts: see `threadData`. */
  readonly data?: unknown;
  readonly clock: Clock;
  /** What a thread may ask at any time. */
  readonly host?: Handlers;
  /** A thread ended that nobody ended: its calls have failed with `internal` (`thread_lost`), which is retried. */
  readonly onLost?: (reason: string) => void;
}

/** An argument that depends on when a thread takes the call. */
export class Late {
  constructor(readonly make: () => unknown) {}
}

export interface PoolCall {
  /** What the thread may ask in the course of the call. */
  readonly host?: (conversation: Conversation) => Handlers;
  readonly signal?: AbortSignal;
  /** Calls with the same number go to the same thread unless it is busy and another is not: what it remembers is there. */
  readonly home?: number;
}

export interface PoolCounts {
  readonly threads: number;
  readonly running: number;
  readonly waiting: number;
  /** Since the start. */
  readonly calls: number;
  readonly waitedMs: number;
  readonly lost: number;
}

interface Slot {
  thread: Thread | undefined;
  calls: number;
  cancelIdle: (() => void) | undefined;
}

interface Waiting {
  readonly go: (slot: Slot) => void;
  readonly fail: (error: QuarryError) => void;
  readonly home: number | undefined;
}

const DEAF_AFTER_MS = 10_000;

/**
 * A bounded pool of threads that all run the same entry. A call goes to the thread with the fewest calls, or to its home;
 * when all are full it waits, first come first served. A thread that dies takes its calls along and is replaced by the
 * next call. Open → closed; closed it takes no calls and has no threads.
 */
export class ThreadPool {
  private readonly slots: Slot[];
  private readonly waiting: Waiting[] = [];
  private closed = false;
  private calls = 0;
  private waitedMs = 0;
  private lost = 0;

  constructor(private readonly options: ThreadPoolOptions) {
    this.slots = Array.from({ length: options.threads }, () => ({
      thread: undefined,
      calls: 0,
      cancelIdle: undefined,
    }));
  }

  /**
   * Rejects with what the thread threw; `cancelled`; `internal` (`thread_lost`); `overloaded` (`threads_busy`).
   * @param arg can be cloned; `Late`: is made when a thread takes the call, however long that waited
   */
  async run(name: string, arg: unknown, call: PoolCall = {}): Promise<unknown> {
    const { signal, host } = call;
    if (signal?.aborted) throw cancelledError();
    // Not awaited where it is free: the call is on its way when this returns.
    const free = this.freePlace(call.home);
    const slot = free ?? (await this.wait(call));
    if (this.closed) {
      slot.calls--;
      throw closedError();
    }
    const thread = this.threadOf(slot);
    const { conversation } = thread;
    this.calls++;
    let stopListening = (): void => {};
    const deaf = (): void => {
      const { clock, deafAfterMs = DEAF_AFTER_MS } = this.options;
      stopListening = clock.after(deafAfterMs, () => void thread.terminate());
    };
    signal?.addEventListener('abort', deaf, { once: true });
    try {
      return await conversation.call(name, arg instanceof Late ? arg.make() : arg, {
        ...(host && { host: host(conversation) }),
        ...(signal && { signal }),
      });
    } finally {
      signal?.removeEventListener('abort', deaf);
      stopListening();
      this.leave(slot);
    }
  }

  counts(): PoolCounts {
    const { slots, waiting, calls, waitedMs, lost } = this;
    return {
      threads: slots.filter(({ thread }) => thread).length,
      running: slots.reduce((sum, slot) => sum + slot.calls, 0),
      waiting: waiting.length,
      calls,
      waitedMs,
      lost,
    };
  }

  /** Ends all threads; what still runs fails with `thread_lost`, what waits with `cancelled`. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { fail } of this.waiting.splice(0)) fail(closedError());
    await Promise.all(
      this.slots.map(async (slot) => {
        slot.cancelIdle?.();
        await slot.thread?.terminate();
      }),
    );
  }

  /** A slot with its place taken, unless the call has to wait. */
  private freePlace(home: number | undefined): Slot | undefined {
    if (this.closed) throw closedError();
    const free = this.waiting.length === 0 ? this.freeSlot(home) : undefined;
    return free && this.enter(free);
  }

  private wait({ home, signal }: PoolCall): Promise<Slot> {
    if (this.waiting.length >= this.options.maxWaiting) {
      throw new QuarryError('overloaded', `${this.waiting.length} calls wait for a thread already`, {
        code: 'threads_busy',
      });
    }
    const { clock } = this.options;
    const since = clock.monotonic();
    const { promise, resolve, reject } = Promise.withResolvers<Slot>();
    const waiting = { go: resolve, fail: reject, home };
    const cancel = (): void => {
      const at = this.waiting.indexOf(waiting);
      if (at < 0) return;
      this.waiting.splice(at, 1);
      reject(cancelledError());
    };
    this.waiting.push(waiting);
    signal?.addEventListener('abort', cancel, { once: true });
    return promise.finally(() => {
      signal?.removeEventListener('abort', cancel);
      this.waitedMs += clock.monotonic() - since;
    });
  }

  /** Home, unless it is at work and another is idle or home is full. */
  private freeSlot(home: number | undefined): Slot | undefined {
    const least = this.slots.reduce((best, slot) => (slot.calls < best.calls ? slot : best));
    const own = home === undefined ? undefined : this.slots[home % this.slots.length]!;
    const slot = own && (own.calls === 0 || (least.calls > 0 && own.calls < this.options.callsPerThread)) ? own : least;
    return slot.calls < this.options.callsPerThread ? slot : undefined;
  }

  private enter(slot: Slot): Slot {
    slot.calls++;
    slot.cancelIdle?.();
    slot.cancelIdle = undefined;
    return slot;
  }

  private leave(slot: Slot): void {
    slot.calls--;
    while (!this.closed && this.waiting.length > 0) {
      const free = this.freeSlot(this.waiting[0]!.home);
      if (!free) break;
      this.waiting.shift()!.go(this.enter(free));
    }
    if (slot.calls > 0) return;
    const { thread } = slot;
    thread?.release();
    const { idleMs, clock } = this.options;
    if (!thread || idleMs === undefined || this.closed) return;
    slot.cancelIdle = clock.after(idleMs, () => {
      if (slot.thread === thread) slot.thread = undefined;
      void thread.terminate();
    });
  }

  private threadOf(slot: Slot): Thread {
    if (!slot.thread) {
      const { entry, limits, data, host } = this.options;
      const thread = new Thread({ entry, data, ...(limits && { limits }), ...(host && { host }) });
      slot.thread = thread;
      void thread.ended.then((reason) => {
        // Whoever ends one that is idle has taken it out before.
        if (slot.thread !== thread) return;
        slot.thread = undefined;
        if (this.closed) return;
        this.lost++;
        this.options.onLost?.(reason);
      });
    }
    slot.thread.hold();
    return slot.thread;
  }
}

const cancelledError = (): QuarryError => new QuarryError('cancelled', 'cancelled before a thread had begun it');
const closedError = (): QuarryError => new QuarryError('cancelled', 'the threads of this process are closed');
