import { asQuarryError, QuarryError, systemClock } from '#libs/kernel';
import type { Conversation, Handlers } from './conversation.ts';
import { threadEntry } from './thread.ts';
import { Late, ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';

const entry = threadEntry('./pool-thread-fixture', import.meta.url);
const open: ThreadPool[] = [];
function pool(options: Partial<ThreadPoolOptions> = {}): ThreadPool {
  const made = new ThreadPool({ entry, threads: 1, callsPerThread: 4, maxWaiting: 10, clock: systemClock, ...options });
  open.push(made);
  return made;
}
afterEach(() => Promise.all(open.splice(0).map((each) => each.close())));

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => `${asQuarryError(error).kind} ${asQuarryError(error).code}`,
  );

async function* bytes(chunks: number, onEnd = (): void => {}): AsyncGenerator<Uint8Array> {
  try {
    for (let i = 0; i < chunks; i++) yield Uint8Array.of(1, 2, 3);
  } finally {
    onEnd();
  }
}

describe('ThreadPool', () => {
  it('answers a call, and answers back what the call asks its host', async () => {
    const threads = pool();
    expect(await threads.run('echo', { a: [1, 'ü', null] })).toEqual({ a: [1, 'ü', null] });
    const host = (): Handlers => ({ double: (n: number) => Promise.resolve(2 * n) });
    expect(await Promise.all([1, 2, 3].map((n) => threads.run('ask', n, { host })))).toEqual([3, 5, 7]);
  });

  it('tells each thread what the pool was given, and makes a late argument when the call is taken', async () => {
    const threads = pool({ data: { bytes: 7 }, callsPerThread: 1 });
    expect(await threads.run('told', 0)).toEqual({ bytes: 7 });
    const made: string[] = [];
    const late = (name: string): Late =>
      new Late(() => {
        made.push(name);
        return name;
      });
    const first = threads.run('echo', late('first'));
    const second = threads.run('echo', late('second'));
    expect(made).toEqual(['first']);
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(made).toEqual(['first', 'second']);
  });

  it('brings errors home: the kind of ours, the stack of a bug', async () => {
    const threads = pool();
    const bug = await threads.run('fail', 'oh').catch((error: unknown) => error as QuarryError);
    expect(bug).toMatchObject({
      kind: 'internal',
      message: 'oh',
      stack: expect.stringContaining('pool-thread-fixture'),
    });
    const host = (): Handlers => ({
      double: () => {
        throw new QuarryError('not-found', 'no such thing', { code: 'index_not_found', details: { index: 'x' } });
      },
    });
    const ours = await threads.run('ask', 1, { host }).catch((error: unknown) => error);
    expect(ours).toMatchObject({ kind: 'not-found', code: 'index_not_found', details: { index: 'x' } });
    expect(await codeOf(threads.run('nothing', 1))).toBe('not-found no_such_call');
    expect(await codeOf(threads.run('echo', () => 1))).toBe('internal internal');
  });

  it('streams both ways, and ends a stream that is not read to its end', async () => {
    const threads = pool();
    let conversation: Conversation;
    const host = (its: Conversation): Handlers => {
      conversation = its;
      return {
        take: async (stream: { stream: number }) => {
          let sum = 0;
          for await (const chunk of conversation.receive(stream)) sum += chunk.reduce((a, b) => a + b, 0);
          return sum;
        },
      };
    };
    expect(await threads.run('send', 5, { host })).toBe(1000 * (0 + 1 + 2 + 3 + 4));
    expect(await threads.run('sum', conversation!.offer(bytes(100)))).toBe(600);
    const ended = Promise.withResolvers<void>();
    expect(await threads.run('firstByte', conversation!.offer(bytes(1e9, ended.resolve)))).toBe(1);
    await ended.promise;
    const failing = (async function* failing(): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(1);
      throw new QuarryError('corrupt', 'bad', { code: 'corrupt' });
    })();
    expect(await codeOf(threads.run('sum', conversation!.offer(failing)))).toBe('corrupt corrupt');
  });

  it('keeps the bytes that it lends out, and shares memory that is shared', async () => {
    const threads = pool();
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    expect(await threads.run('write', shared)).toBe(8);
    expect(shared[0]).toBe(7);
  });

  it('cancels a call that listens, and replaces the thread of one that does not', async () => {
    const threads = pool({ deafAfterMs: 50 });
    const listening = new AbortController();
    const waits = codeOf(threads.run('untilCancelled', 0, { signal: listening.signal }));
    expect(await threads.run('echo', 1)).toBe(1);
    listening.abort();
    // What a signal of the platform aborts with is no error of ours.
    expect(await waits).toMatch(/^(cancelled|internal)/);
    expect(threads.counts()).toMatchObject({ threads: 1, lost: 0, running: 0 });
    const deaf = new AbortController();
    const spins = codeOf(threads.run('spin', 0, { signal: deaf.signal }));
    deaf.abort();
    expect(await spins).toBe('internal thread_lost');
    expect(await threads.run('echo', 2)).toBe(2);
    expect(await codeOf(threads.run('echo', 2, { signal: deaf.signal }))).toBe('cancelled cancelled');
  });

  it.each(['exit', 'grow'])('fails the calls of a thread that dies (%s) and goes on with another', async (death) => {
    const reasons: string[] = [];
    const threads = pool({ limits: { maxOldGenerationSizeMb: 32 }, onLost: (reason) => reasons.push(reason) });
    const neighbour = codeOf(threads.run('untilCancelled', 0));
    expect(await codeOf(threads.run(death, 0))).toBe('internal thread_lost');
    expect(await neighbour).toBe('internal thread_lost');
    expect(await threads.run('echo', 'on')).toBe('on');
    expect(threads.counts()).toMatchObject({ threads: 1, lost: 1, running: 0 });
    expect(reasons).toEqual([expect.stringMatching(death === 'exit' ? /exited with 3/ : /memory/)]);
  });

  it('makes calls wait when its threads are full, in order, and refuses more than may wait', async () => {
    const threads = pool({ callsPerThread: 1, maxWaiting: 2 });
    const first = new AbortController();
    const order: string[] = [];
    const running = codeOf(threads.run('untilCancelled', 0, { signal: first.signal })).then(() => order.push('first'));
    const second = new AbortController();
    const given = codeOf(threads.run('echo', 2, { signal: second.signal }));
    const third = threads.run('echo', 3).then(() => order.push('third'));
    expect(threads.counts()).toMatchObject({ running: 1, waiting: 2 });
    expect(await codeOf(threads.run('echo', 4))).toBe('overloaded threads_busy');
    second.abort();
    expect(await given).toBe('cancelled cancelled');
    first.abort();
    await Promise.all([running, third]);
    expect(order).toEqual(['first', 'third']);
    expect(threads.counts()).toMatchObject({ running: 0, waiting: 0, calls: 2 });
  });

  it('spreads calls over its threads, and sends those of one home to one thread while it is free', async () => {
    const threads = pool({ threads: 3 });
    await threads.run('echo', 0, { home: 4 });
    await threads.run('echo', 0, { home: 4 });
    expect(threads.counts().threads).toBe(1);
    const stop = new AbortController();
    const busy = [1, 2, 3].map(() => codeOf(threads.run('untilCancelled', 0, { home: 4, signal: stop.signal })));
    expect(threads.counts()).toMatchObject({ threads: 3, running: 3 });
    stop.abort();
    await Promise.all(busy);
  });

  it('ends threads that have nothing to do', async () => {
    const ended = Promise.withResolvers<() => void>();
    const clock = { ...systemClock, after: (_ms: number, action: () => void) => (ended.resolve(action), () => {}) };
    const threads = pool({ idleMs: 60_000, clock });
    await threads.run('echo', 0);
    (await ended.promise)();
    expect(threads.counts()).toMatchObject({ threads: 0, lost: 0 });
    expect(await threads.run('echo', 1)).toBe(1);
  });

  it('closes: what runs and what waits fails, nothing begins', async () => {
    const threads = pool({ callsPerThread: 1 });
    const runs = codeOf(threads.run('untilCancelled', 0));
    const waits = codeOf(threads.run('echo', 0));
    await threads.close();
    expect(await runs).toBe('internal thread_lost');
    expect(await waits).toBe('cancelled cancelled');
    expect(await codeOf(threads.run('echo', 0))).toBe('cancelled cancelled');
  });
});
