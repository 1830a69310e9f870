import { belongsInThread, LEAST_THREAD_BYTES, searchThreadCount } from './thread-rule.ts';

describe('which searches run in a thread', () => {
  it('those from five milliseconds on', () => {
    expect([0, 4.999, 5, 500, Infinity].map((ms) => belongsInThread(ms))).toEqual([false, false, true, true, true]);
  });

  it('none where threads would have too little memory, and no more threads than asked for', () => {
    const counts = (threads: number, parts: number): number => searchThreadCount(threads, parts * LEAST_THREAD_BYTES);
    expect([counts(0, 100), counts(4, 0.9), counts(4, 1), counts(4, 2.5), counts(4, 100)]).toEqual([0, 0, 1, 2, 4]);
  });
});
