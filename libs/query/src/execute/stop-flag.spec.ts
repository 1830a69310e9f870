import { systemClock } from '#libs/kernel';
import { Deadline } from './deadline.ts';
import { ExecutionWatch } from './execution-watch.ts';
import { newStopFlag, raiseStopFlag } from './stop-flag.ts';

it('a raised flag calls a search off as its signal would, in the midst of a loop', () => {
  const flag = newStopFlag();
  const { signal } = new AbortController();
  const deadline = new Deadline(systemClock, systemClock.monotonic() + 3_600_000, signal, flag);
  const watch = new ExecutionWatch(deadline.atLeast(1, Infinity));
  deadline.checkCancelled();
  watch.spend(1_000_000);
  raiseStopFlag(flag);
  expect(() => deadline.checkCancelled()).toThrow('the search was cancelled');
  expect(() => watch.spend(1_000_000)).toThrow('the search was cancelled');
});
