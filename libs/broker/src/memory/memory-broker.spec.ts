import { systemClock } from '#libs/kernel';
import { describeBrokerContract } from '../broker-contract.ts';
import { MemoryBroker } from './memory-broker.ts';

describeBrokerContract('MemoryBroker', {
  isDurable: false,
  create: async () => {
    // All clients of a simulation share the one instance; a closed one is replaced, not revived.
    const broker = new MemoryBroker({ clock: systemClock });
    return { connect: async () => broker, destroy: () => broker.close() };
  },
});
