import { FaultyObjectStore, MemoryObjectStore } from '#libs/object-store';
import { identityOver, KEYS_ONLY, TestClock } from '../identity-fixture.ts';
import { KEY_STALE_MS } from './api-keys.ts';

const WANTED = { tenant: 'acme', name: 'ci', scopes: ['search', 'index'], createdBy: 'key:X' } as const;
const bad = { kind: 'unauthenticated', code: 'bad_credentials' };

describe('API keys', () => {
  it('speak for their tenant, with their scopes and indexes', async () => {
    const { keys } = identityOver(new MemoryObjectStore());
    const { key, text } = await keys.create({ ...WANTED, indexes: ['logs-*'] });
    expect(text).toMatch(/^qk_[0-9A-Z]{26}_[\w-]{43}$/);
    expect(await keys.verify(text)).toEqual({
      tenant: 'acme',
      subject: `key:${key.id}`,
      scopes: new Set(['search', 'index']),
      indexes: ['logs-*'],
    });
    expect(await keys.list()).toEqual([key]);
    expect(await keys.get(key.id)).toEqual(key);
  });

  it('cannot be had from what is stored or listed', async () => {
    const store = new MemoryObjectStore();
    const { keys } = identityOver(store);
    const { text } = await keys.create(WANTED);
    const secret = text.slice(-43);
    let bodies = JSON.stringify(await keys.list());
    for await (const { key } of store.list('')) {
      expect(key).toMatch(/^_identity\/keys\//);
      bodies += key + new TextDecoder().decode(await store.get(key));
    }
    expect(bodies).toContain('acme');
    expect(bodies).not.toContain(secret);
    // Nor is what is stored itself a key.
    const hash = /"hash":"([^"]+)"/.exec(bodies)![1]!;
    await expect(keys.verify(text.replace(secret, hash))).rejects.toMatchObject(bad);
  });

  it('are all different', async () => {
    const { keys } = identityOver(new MemoryObjectStore());
    const made = await Promise.all(Array.from({ length: 50 }, () => keys.create(WANTED)));
    expect(new Set(made.map(({ text }) => text.slice(-43))).size).toBe(50);
  });

  it('are refused alike whatever is wrong with them', async () => {
    const { keys } = identityOver(new MemoryObjectStore());
    const { text } = await keys.create(WANTED);
    const other = (await keys.create(WANTED)).text;
    const last = text.at(-1) === 'A' ? 'B' : 'A';
    const forged = [
      'qk_',
      text.slice(0, -1),
      `${text}x`,
      text.slice(0, -1) + last,
      text.slice(0, 30) + other.slice(30),
      text.replace('qk_0', 'qk_1'),
      text.toLowerCase(),
      `qk_../../x_${text.slice(-43)}`,
    ];
    const messages = new Set<string>();
    for (const one of forged) {
      const error: unknown = await keys.verify(one).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(bad);
      messages.add((error as Error).message);
    }
    expect(messages.size).toBe(1);
    expect([...messages][0]).not.toContain('qk_');
  });

  it('end when they expire', async () => {
    const clock = new TestClock();
    const { keys } = identityOver(new MemoryObjectStore(), KEYS_ONLY, clock);
    const { text } = await keys.create({ ...WANTED, expiresAt: clock.time + 60_000 });
    clock.time += 59_999;
    expect(await keys.verify(text)).toMatchObject({ tenant: 'acme' });
    clock.time += 1;
    await expect(keys.verify(text)).rejects.toMatchObject({ kind: 'unauthenticated', code: 'expired_credentials' });
    // Who does not have the secret is not told.
    await expect(keys.verify(`${text.slice(0, -5)}AAAAA`)).rejects.toMatchObject(bad);
  });

  it('end when they are revoked: here at once, elsewhere within ten seconds', async () => {
    const store = new MemoryObjectStore();
    const clock = new TestClock();
    const here = identityOver(store, KEYS_ONLY, clock).keys;
    const elsewhere = identityOver(store, KEYS_ONLY, clock).keys;
    const { key, text } = await here.create(WANTED);
    expect(await elsewhere.verify(text)).toMatchObject({ tenant: 'acme' });
    expect(await here.revoke(key.id)).toBe(true);
    await expect(here.verify(text)).rejects.toMatchObject(bad);
    clock.time += KEY_STALE_MS;
    await expect(elsewhere.verify(text)).rejects.toMatchObject(bad);
    expect(await here.revoke(key.id)).toBe(false);
    expect(await here.revoke('../../other')).toBe(false);
    expect(await here.get(key.id)).toBeUndefined();
    expect(await elsewhere.list()).toEqual([]);
  });

  it('cost no request while they are known', async () => {
    const store = new FaultyObjectStore(new MemoryObjectStore(), () => undefined);
    const { keys } = identityOver(store);
    const { text } = await keys.create(WANTED);
    const before = store.calls;
    for (let i = 0; i < 100; i++) await keys.verify(text);
    expect(store.calls).toBe(before);
  });

  it('are neither valid nor invalid while the store is away', async () => {
    const store = new MemoryObjectStore();
    const { text } = await identityOver(store).keys.create(WANTED);
    const away = identityOver(new FaultyObjectStore(store, () => ({ at: 'before' }))).keys;
    await expect(away.verify(text)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
