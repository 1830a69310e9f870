import { systemClock, type Clock } from '#libs/kernel';
import { OwnTime } from './own-time.ts';

/** Its timers are called when the test says so, however late that is. */
function handClock(): Clock & { ring(atMs: number): void; moveTo(ms: number): void } {
  let now = 1000;
  let timer: (() => void) | undefined;
  return {
    ...systemClock,
    monotonic: () => now,
    after: (_ms, callback) => {
      timer = callback;
      return () => (timer = undefined);
    },
    moveTo: (ms) => (now = 1000 + ms),
    ring(ms) {
      now = 1000 + ms;
      const due = timer;
      timer = undefined;
      due?.();
    },
  };
}

it('counts what was waited for while beats came in time', () => {
  const clock = handClock();
  const time = OwnTime.start(clock);
  for (let ms = 5; ms <= 500; ms += 5) clock.ring(ms);
  expect(time.stop()).toBe(500);
});

it('leaves out that beats came late, and that the end came late', () => {
  const clock = handClock();
  const time = OwnTime.start(clock);
  clock.ring(5);
  clock.ring(1005);
  clock.ring(1010);
  clock.moveTo(3010);
  expect(time.stop()).toBe(5 + 10 + 5 + 10);
});

it('beats no more when it has stopped', () => {
  const clock = handClock();
  const time = OwnTime.start(clock);
  time.stop();
  clock.ring(5);
  expect(time.stop()).toBe(5);
});
