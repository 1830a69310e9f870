import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom, toErrorRecord } from '#libs/kernel';
import { describeJobStoreContract } from '../job-store-contract.ts';
import { describeMembershipContract } from '../membership-contract.ts';
import { EmbeddedJobStore, type EmbeddedJobStoreOptions } from './embedded-job-store.ts';

const options = (path: string): EmbeddedJobStoreOptions => ({ path, clock: systemClock, random: systemRandom });

describeJobStoreContract('EmbeddedJobStore', {
  isDurable: true,
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quarry-jobs-'));
    return {
      connect: () => EmbeddedJobStore.open(options(join(folder, 'jobs.db'))),
      destroy: async () => rmSync(folder, { recursive: true }),
    };
  },
});

describeMembershipContract('EmbeddedJobStore', {
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quarry-jobs-'));
    const clients: EmbeddedJobStore[] = [];
    return {
      connect: async () => {
        const client = await EmbeddedJobStore.open(options(join(folder, 'jobs.db')));
        clients.push(client);
        return client;
      },
      destroy: async () => {
        await Promise.all(clients.map((client) => client.close()));
        rmSync(folder, { recursive: true });
      },
    };
  },
});

describe('EmbeddedJobStore', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quarry-jobs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('refuses a damaged file with its path', async () => {
    const path = join(folder, 'jobs.db');
    writeFileSync(path, Buffer.alloc(9000, 'no database '));
    const refused = await EmbeddedJobStore.open(options(path)).catch(toErrorRecord);
    expect(refused).toMatchObject({ kind: 'corrupt', details: { path } });
  });

  it('forgets the members of before the clock jumped back', async () => {
    let offset = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + offset };
    const store = await EmbeddedJobStore.open({ ...options(join(folder, 'jobs.db')), clock });
    const member = { id: '01A', kind: 'gateway', host: 'h', pid: 1, version: '1', startedAt: 0, roles: [] } as const;
    const cache = { bytes: 0, maxBytes: 0, hits: 0, misses: 0 };
    const load = { running: 0, waiting: 0, concurrency: 1 };
    await store.announce({ ...member, draining: false, load, cache }, 1000);
    offset = -3_600_000;
    expect(await store.members()).toEqual([]);
    await store.close();
  });

  it('gives a lease away although the clock has jumped back', async () => {
    let offset = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + offset };
    const store = await EmbeddedJobStore.open({ ...options(join(folder, 'jobs.db')), clock });
    await store.acquireLease('l', 'a', 1000);
    offset = -3_600_000;
    expect(await store.acquireLease('l', 'b', 1000)).toMatchObject({ owner: 'b', token: 2 });
    await store.close();
  });
});
