import type { StreamRef } from './byte-streams.ts';
import type { Caller } from './conversation.ts';
import { serveThread } from './serve-thread.ts';
import { threadData } from './thread.ts';

/** What the tests' host answers. */
export type FixtureHost = {
  double(n: number): Promise<number>;
  take(stream: StreamRef): Promise<number>;
};

async function* numbered(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(1000).fill(i);
}

/** What the tests of the pool have threads do. */
serveThread((conversation) => ({
  echo: (value: unknown) => value,
  told: () => threadData(),
  fail: (message: string) => {
    throw new TypeError(message);
  },
  ask: async (n: number, caller: Caller<FixtureHost>) => (await caller.call('double', n)) + 1,
  sum: async (stream: StreamRef) => {
    let sum = 0;
    for await (const chunk of conversation().receive(stream)) for (const byte of chunk) sum += byte;
    return sum;
  },
  firstByte: async (stream: StreamRef) => {
    for await (const chunk of conversation().receive(stream)) return chunk[0];
    return undefined;
  },
  send: (count: number, caller: Caller<FixtureHost>) =>
    caller.call('take', conversation().offer(numbered(count), true)),
  untilCancelled: (_: unknown, { signal }: Caller) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    }),
  spin: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  grow: () => {
    const held: unknown[] = [];
    for (;;) held.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
  },
  write: (bytes: Uint8Array) => {
    bytes[0] = 7;
    return bytes.length;
  },
}));
