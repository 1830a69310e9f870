import { createIds, encodeUtf8, QuarryError, seededRandom, systemClock } from '#libs/kernel';
import { MemoryObjectStore, type ObjectStore } from '#libs/object-store';
import { checkDisk, checkPing, checkServer } from './machine-checks.ts';
import { checkConditionalWrites, checkStore } from './store-checks.ts';

const parts = (changes: Partial<ObjectStore> = {}) => {
  const store: ObjectStore = new MemoryObjectStore({ clock: systemClock });
  for (const [name, change] of Object.entries(changes)) Object.defineProperty(store, name, { value: change });
  return { store, clock: systemClock, ids: createIds(systemClock, seededRandom(1)) };
};

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

describe('quarry doctor', () => {
  it('finds nothing wrong with a good store, and leaves nothing in it', async () => {
    const good = parts();
    expect((await checkStore(good)).map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(await checkConditionalWrites(good)).toMatchObject({
      state: 'ok',
      detail: 'of 16 parallel creators one won',
    });
    expect(await keysOf(good.store)).toEqual([]);
  });

  it('finds a store that ignores If-None-Match', async () => {
    const careless = parts();
    const { store } = careless;
    Object.defineProperty(store, 'putIfAbsent', {
      value: async (key: string, body: Uint8Array) => (await store.put(key, body), true),
    });
    expect(await checkConditionalWrites(careless)).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('17 of 17 creators'),
    });
  });

  it('finds a winner whose body did not stay', async () => {
    expect(await checkConditionalWrites(parts({ get: async () => encodeUtf8('another') }))).toMatchObject({
      state: 'failed',
    });
  });

  it('says what to do when the store refuses', async () => {
    const denied = new QuarryError('invalid', 'access denied', { code: 'access_denied' });
    expect(await checkStore(parts({ put: () => Promise.reject(denied) }))).toEqual([
      {
        check: 'store',
        state: 'failed',
        detail: 'access denied (access_denied)',
        advice: expect.stringContaining('AWS_ACCESS_KEY_ID'),
      },
    ]);
  });

  it.each([
    [0, 'ok'],
    [-60_000, 'warning'],
    [3_600_000, 'failed'],
  ])('compares clocks: %i ms off is %s', async (off, state) => {
    const one = parts();
    const head = one.store.head.bind(one.store);
    Object.defineProperty(one.store, 'head', {
      value: async (key: string) => {
        const info = await head(key);
        return info && { ...info, modifiedAt: info.modifiedAt + off };
      },
    });
    expect((await checkStore(one))[1]).toMatchObject({ check: 'clock', state });
  });

  it('checks the machine, dependencies and the server', async () => {
    expect((await checkDisk('/does/not/exist/yet')).detail).toMatch(/free for \/does\/not\/exist\/yet$/);
    expect(await checkPing('broker', () => Promise.reject(new Error('gone')), 'look')).toMatchObject({
      state: 'failed',
      advice: 'look',
    });
    const away = new QuarryError('unavailable', 'no Quarry', { code: 'no_server' });
    expect(await checkServer('http://x', () => Promise.reject(away))).toMatchObject({
      state: 'warning',
      advice: 'npm start',
    });
    expect(await checkServer('http://x', async () => false)).toMatchObject({ state: 'failed' });
  });
});
