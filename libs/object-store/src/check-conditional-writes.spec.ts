import { createIds, seededRandom, systemClock } from '#libs/kernel';
import { checkConditionalWrites } from './check-conditional-writes.ts';
import { FaultyObjectStore } from './decorators/faulty-object-store.ts';
import { MemoryObjectStore } from './memory/memory-object-store.ts';
import { collect, failureOf } from './object-store-contract.ts';
import type { ObjectStore } from './object-store.ts';

const ids = createIds(systemClock, seededRandom(1));

/** As the S3 stand-ins that ignore If-None-Match: everybody wins. */
class IgnoringObjectStore extends MemoryObjectStore {
  override async putIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    await this.put(key, body);
    return true;
  }
}

/** Tells one that it won, and lets the others overwrite. */
class LyingObjectStore extends MemoryObjectStore {
  override async putIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const first = (await this.head(key)) === undefined;
    await this.put(key, body);
    return first && body.at(-1) === '0'.codePointAt(0) && body.length === 'creator 0'.length;
  }
}

const listed = async (store: ObjectStore): Promise<unknown[]> => collect(store.list(''));

describe('checkConditionalWrites', () => {
  it('finds one winner and leaves nothing', async () => {
    const store = new MemoryObjectStore();
    expect(await checkConditionalWrites(store, ids)).toEqual({ winners: 1 });
    expect(await listed(store)).toEqual([]);
  });

  it.each([
    ['lets everybody win', new IgnoringObjectStore()],
    ['lets losers overwrite', new LyingObjectStore()],
  ])('refuses a store that %s, and leaves nothing', async (_, store) => {
    expect(await failureOf(checkConditionalWrites(store, ids))).toBe('invalid conditional_writes_unsupported');
    expect(await listed(store)).toEqual([]);
  });

  it('says when the store is out of reach, and does not blame it', async () => {
    const memory = new MemoryObjectStore();
    const store = new FaultyObjectStore(memory, ({ index }) => (index === 7 ? { at: 'after' } : undefined));
    expect(await failureOf(checkConditionalWrites(store, ids))).toBe('unavailable store_unavailable');
    expect(await listed(memory)).toEqual([]);
  });
});
