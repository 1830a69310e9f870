import { systemClock } from '#libs/kernel';
import { describeJobStoreContract } from '../job-store-contract.ts';
import type { JobStore } from '../job-store.ts';
import { describeMembershipContract } from '../membership-contract.ts';
import { MemoryJobStore } from './memory-job-store.ts';

describeJobStoreContract('MemoryJobStore', {
  isDurable: false,
  create: async () => {
    const shared = new MemoryJobStore({ clock: systemClock });
    return {
      // The clients of a simulation share the one instance; whoever closes it closes it for all.
      connect: async (): Promise<JobStore> => shared,
      destroy: () => shared.close(),
    };
  },
});

describeMembershipContract('MemoryJobStore', {
  create: async () => {
    const shared = new MemoryJobStore({ clock: systemClock });
    return { connect: async () => shared, destroy: () => shared.close() };
  },
});
