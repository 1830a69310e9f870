import { createIds, seededRandom, type Clock, systemClock } from '#libs/kernel';
import { MemoryObjectStore } from '#libs/object-store';
import { ObjectStoreRegistry } from '#libs/registry';
import { CallbackSecrets } from './callback-secrets.ts';
import { concerns, wants, wantsPartial, type EndpointDraft } from './endpoint.ts';
import { Endpoints, MAX_ENDPOINTS, type WebhookRecords } from './endpoints.ts';
import { ROTATION_MS, validSecrets } from './signing-secret.ts';

const DRAFT: EndpointDraft = { url: 'https://example.com/hook', events: ['job.succeeded'] };
const SUBJECT = { kind: 'search', index: 'logs-2026' };

interface Fixture {
  readonly endpoints: Endpoints;
  readonly callbacks: CallbackSecrets;
  /** As another process would see them. */
  readonly elsewhere: Endpoints;
  readonly pass: (ms: number) => void;
}

function fixture(): Fixture {
  let now = 1_800_000_000_000;
  const clock: Clock = { ...systemClock, now: () => now, monotonic: () => now };
  const random = seededRandom(1);
  const store = new MemoryObjectStore({ clock });
  const records = (): WebhookRecords => ({
    open: (prefix, parse) => new ObjectStoreRegistry({ store, prefix, clock, parse }),
    clock,
    random,
    ids: createIds(clock, random),
  });
  return {
    endpoints: new Endpoints(records()),
    callbacks: new CallbackSecrets(records()),
    elsewhere: new Endpoints(records()),
    pass: (ms) => {
      now += ms;
    },
  };
}

describe('Endpoints', () => {
  it('are made with a secret, found everywhere, and gone when deleted', async () => {
    const { endpoints, elsewhere } = fixture();
    const made = await endpoints.create('a', DRAFT);
    expect(made).toMatchObject({ ...DRAFT, tenant: 'a', id: expect.stringMatching(/^ep_[0-9A-Z]{26}$/) as string });
    expect(Buffer.from(made.secrets[0]!.secret.slice(6), 'base64')).toHaveLength(32);
    expect(await elsewhere.get('a', made.id)).toEqual(made);
    expect(await elsewhere.list('a', 0)).toEqual([made]);
    await endpoints.delete('a', made.id);
    expect(await elsewhere.list('a', 0)).toEqual([]);
    await expect(endpoints.delete('a', made.id)).rejects.toMatchObject({ code: 'webhook_not_found' });
  });

  it('of one tenant do not exist for another', async () => {
    const { endpoints } = fixture();
    const { id } = await endpoints.create('a', DRAFT);
    const missing = { kind: 'not-found', code: 'webhook_not_found' };
    await expect(endpoints.get('b', id)).rejects.toMatchObject(missing);
    await expect(endpoints.rotate('b', id, 0)).rejects.toMatchObject(missing);
    await expect(endpoints.disable('b', id, 'x')).rejects.toMatchObject(missing);
    await expect(endpoints.delete('b', id)).rejects.toMatchObject(missing);
    await expect(endpoints.get('a', '../b')).rejects.toMatchObject(missing);
    expect(await endpoints.list('b', 0)).toEqual([]);
    expect(await endpoints.get('a', id)).toMatchObject({ id });
  });

  it('sign with the old secret for a day after a new one came', async () => {
    const { endpoints, pass } = fixture();
    const { id, secrets } = await endpoints.create('a', DRAFT);
    pass(1000);
    const rotated = await endpoints.rotate('a', id, ROTATION_MS);
    const [fresh, old] = rotated.secrets;
    expect(old).toMatchObject({ secret: secrets[0]!.secret });
    expect(fresh!.secret).not.toBe(old!.secret);
    const at = fresh!.createdAt;
    expect(validSecrets(rotated.secrets, at + ROTATION_MS - 1)).toHaveLength(2);
    expect(validSecrets(rotated.secrets, at + ROTATION_MS)).toEqual([fresh]);
  });

  it('lose a secret at once when asked to, and do not gather old ones', async () => {
    const { endpoints, pass } = fixture();
    const { id } = await endpoints.create('a', DRAFT);
    expect((await endpoints.rotate('a', id, 0)).secrets).toHaveLength(1);
    for (let n = 0; n < 5; n++) {
      pass(ROTATION_MS);
      expect((await endpoints.rotate('a', id, ROTATION_MS)).secrets).toHaveLength(2);
    }
    // A second rotation never prolongs what the first was to end.
    const [, old] = (await endpoints.rotate('a', id, 1000)).secrets;
    const again = await endpoints.rotate('a', id, ROTATION_MS);
    expect(again.secrets[2]).toEqual(old);
  });

  it('keep the first reason for being disabled', async () => {
    const { endpoints } = fixture();
    const { id } = await endpoints.create('a', DRAFT);
    const disabled = await endpoints.disable('a', id, 'gone');
    expect(disabled.disabled).toMatchObject({ reason: 'gone' });
    expect(await endpoints.disable('a', id, 'other')).toEqual(disabled);
  });

  it('are so many and no more', async () => {
    const { endpoints } = fixture();
    for (let n = 0; n < MAX_ENDPOINTS; n++) await endpoints.create('a', DRAFT);
    await expect(endpoints.create('a', DRAFT)).rejects.toMatchObject({ code: 'too_many_webhooks' });
  });
});

describe('an endpoint', () => {
  it('wants what it names', async () => {
    const { endpoints } = fixture();
    const all = await endpoints.create('a', DRAFT);
    const some = { ...all, kinds: ['search', 'import'], indexes: ['logs-*', 'wiki'] };
    expect(wants(all, 'job.succeeded', SUBJECT)).toBe(true);
    expect(wants(all, 'job.failed', SUBJECT)).toBe(false);
    expect(wants({ ...all, disabled: { at: 0, reason: 'gone' } }, 'job.succeeded', SUBJECT)).toBe(false);
    expect(concerns(some, SUBJECT)).toBe(true);
    expect(concerns(some, { ...SUBJECT, index: 'wiki2' })).toBe(false);
    expect(concerns(some, { ...SUBJECT, kind: 'delete-documents' })).toBe(false);
  });

  it('wants partials from its target on', async () => {
    const { endpoints } = fixture();
    const made = await endpoints.create('a', {
      ...DRAFT,
      events: ['job.partial'],
      partial: { coverage: 0.5, hits: 10 },
    });
    const partial = (coverage: number, hits: number): boolean => wantsPartial(made, SUBJECT, { coverage, hits });
    expect([partial(0.4, 9), partial(0.5, 0), partial(0, 10)]).toEqual([false, true, true]);
    expect(wantsPartial({ ...made, events: ['job.failed'] }, SUBJECT, { coverage: 1, hits: 10 })).toBe(false);
  });
});

describe('the callback secret', () => {
  it('is made once, by whoever asks first, for each tenant its own', async () => {
    const { callbacks } = fixture();
    const all = await Promise.all(Array.from({ length: 5 }, () => callbacks.get('a')));
    expect(new Set(all.map(([first]) => first!.secret)).size).toBe(1);
    expect((await callbacks.get('b'))[0]!.secret).not.toBe(all[0]![0]!.secret);
  });

  it('is rotated as those of endpoints', async () => {
    const { callbacks } = fixture();
    const [old] = await callbacks.get('a');
    const rotated = await callbacks.rotate('a', ROTATION_MS);
    expect(rotated.map(({ secret }) => secret)[1]).toBe(old!.secret);
    expect(await callbacks.get('a')).toEqual(rotated);
    expect(await callbacks.rotate('new', ROTATION_MS)).toHaveLength(1);
  });
});
