import { systemClock, type Clock } from '#libs/kernel';
import { describeBrokerContract } from '../broker-contract.ts';
import { MemoryBroker } from './memory-broker.ts';

describeBrokerContract('MemoryBroker', {
  isDurable: false,
  reachesOtherClients: true,
  create: async () => {
    // All clients of a simulation share the one instance; a closed one is replaced, not revived.
    const broker = new MemoryBroker({ clock: systemClock });
    return { connect: async () => broker, destroy: () => broker.close() };
  },
});

describe('MemoryBroker', () => {
  it('is moved on by the injected clock alone', async () => {
    let now = 5000;
    const timers: { at: number; action: () => void }[] = [];
    const clock: Clock = {
      ...systemClock,
      now: () => now,
      after: (ms, action) => {
        timers.push({ at: now + ms, action });
        return () => {};
      },
    };
    const broker = new MemoryBroker({ clock });
    await broker.publish('box', [{ body: 'an hour later', delayMs: 3_600_000 }]);
    expect(await broker.mailboxes()).toMatchObject([{ ready: 0, delayed: 1 }]);
    expect(timers.map(({ at }) => at)).toEqual([3_605_000]);
    now = 3_605_000;
    timers[0]!.action();
    now = 3_606_000;
    expect(await broker.mailboxes()).toMatchObject([{ ready: 1, delayed: 0, oldestReadyMs: 3_601_000 }]);
    await broker.close();
  });
});
