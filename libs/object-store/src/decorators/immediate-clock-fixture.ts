import { type Clock, yieldToEventLoop } from '#libs/kernel';
import { throwIfCancelled } from '../store-errors.ts';

/** A clock for specs on which waiting takes no time; `slept` says what was waited for. */
export function immediateClock(): Clock & { readonly slept: number[] } {
  let now = 1_700_000_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    monotonic: () => now,
    sleep: async (ms, signal) => {
      throwIfCancelled(signal, 'the wait');
      slept.push(ms);
      now += ms;
      await yieldToEventLoop();
    },
    after: () => () => undefined,
  };
}
