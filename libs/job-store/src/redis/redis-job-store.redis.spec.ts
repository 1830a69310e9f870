import { describeJobStoreContract } from '../job-store-contract.ts';
import { describeJobStoreModel } from '../job-store-model-contract.ts';
import { describeMembershipContract } from '../membership-contract.ts';
import { redisSite, sharedRedisUrl } from './redis-site-fixture.ts';

const site = async (): Promise<ReturnType<typeof redisSite>> => redisSite(sharedRedisUrl());

describeJobStoreContract('RedisJobStore', { isDurable: true, create: site });
describeMembershipContract('RedisJobStore', { create: site });

describeJobStoreModel('RedisJobStore', {
  // Redis's own clock is not the model's.
  without: ['acquireLease', 'releaseLease'],
  runs: 60,
  create: async () => {
    const own = await site();
    return { connect: (clock) => own.connect({ clock }), destroy: () => own.destroy() };
  },
});
