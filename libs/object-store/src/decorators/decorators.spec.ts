import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '#libs/kernel';
import { MemoryObjectStore } from '../memory/memory-object-store.ts';
import { objectStoreContract } from '../object-store-contract.ts';
import type { GetOptions } from '../object-store.ts';
import { CachingObjectStore } from './caching-object-store.ts';
import { CountingObjectStore } from './counting-object-store.ts';
import { DiskCacheObjectStore } from './disk-cache-object-store.ts';
import { FaultyObjectStore } from './faulty-object-store.ts';
import { HedgingObjectStore } from './hedging-object-store.ts';
import { LatencyObjectStore } from './latency-object-store.ts';
import { RetryingObjectStore } from './retrying-object-store.ts';
import { immediateClock } from './immediate-clock-fixture.ts';

/** Its files are there before an answer is, so that what is asked again is never asked below. */
class SettledDiskCache extends DiskCacheObjectStore {
  override async get(key: string, options?: GetOptions): Promise<Uint8Array> {
    const body = await super.get(key, options);
    await this.settled();
    return body;
  }
}

const memory = (): MemoryObjectStore => new MemoryObjectStore();
const everything = { maxBytes: 64 * 1024 * 1024, isImmutable: () => true };

objectStoreContract('RetryingObjectStore', { create: async () => new RetryingObjectStore(memory()) });
objectStoreContract('CountingObjectStore', { create: async () => new CountingObjectStore(memory()) });
objectStoreContract('FaultyObjectStore', { create: async () => new FaultyObjectStore(memory(), () => undefined) });
objectStoreContract('HedgingObjectStore', { create: async () => new HedgingObjectStore(memory()) });
objectStoreContract('CachingObjectStore', {
  create: async () => new CachingObjectStore(memory(), everything),
  countsEveryRead: false,
});
objectStoreContract('DiskCacheObjectStore', {
  create: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quarry-disk-cache-'));
    return new SettledDiskCache(memory(), { ...everything, folder });
  },
  countsEveryRead: false,
});
objectStoreContract('CachingObjectStore that may keep nothing', {
  create: async () => new CachingObjectStore(memory(), { maxBytes: 0, isImmutable: () => true }),
});
objectStoreContract('LatencyObjectStore', {
  create: async () => {
    const parts = { clock: immediateClock(), random: seededRandom(1) };
    return new LatencyObjectStore(memory(), { medianMs: 30, sigma: 0.5 }, parts);
  },
});
