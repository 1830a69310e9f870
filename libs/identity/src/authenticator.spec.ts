import { MemoryObjectStore } from '#libs/object-store';
import { OPEN_CALLER } from './caller.ts';
import { identityOver, KEYS_ONLY } from './identity-fixture.ts';
import { signedWith } from './tokens/jwks-fixture.ts';

const SECRET = 'correct horse battery staple, and more of it';
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('an authenticator', () => {
  const identity = identityOver(new MemoryObjectStore(), { ...KEYS_ONLY, hs256Secret: SECRET });
  let key: string;
  beforeAll(async () => {
    key = (await identity.keys.create({ tenant: 'acme', name: 'x', scopes: ['search'], createdBy: 'test' })).text;
  });

  it('takes keys and tokens, as bearer or as the password of anybody', async () => {
    const token = await signedWith(SECRET, { tenant: 'globex', exp: Date.now() / 1000 + 60 });
    for (const header of [`Bearer ${key}`, `bearer   ${key} `, basic(`:${key}`), basic(`me:${key}`)])
      expect(await identity.authenticator.authenticate(header)).toMatchObject({ tenant: 'acme' });
    for (const header of [`Bearer ${token}`, basic(`me:${token}`)])
      expect(await identity.authenticator.authenticate(header)).toMatchObject({ tenant: 'globex' });
  });

  it.each([undefined, '', '  '])('asks for credentials where there are none: %j', async (header) => {
    await expect(identity.authenticator.authenticate(header)).rejects.toMatchObject({
      kind: 'unauthenticated',
      code: 'missing_credentials',
    });
  });

  it('refuses what it does not know', async () => {
    const headers = [
      'Bearer',
      'Bearer a b',
      `Token ${key}`,
      key,
      basic('nocolon'),
      basic('me:'),
      'Basic !',
      basic(`${key}:`),
    ];
    for (const header of headers)
      await expect(identity.authenticator.authenticate(header)).rejects.toMatchObject({ code: 'bad_credentials' });
  });

  it('takes no tokens where only keys are configured', async () => {
    const { authenticator } = identityOver(new MemoryObjectStore(), KEYS_ONLY);
    const token = await signedWith(SECRET, { tenant: 'acme', exp: Date.now() / 1000 + 60 });
    await expect(authenticator.authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: 'bad_credentials' });
  });

  it('lets everyone in when it is off', async () => {
    const { authenticator } = identityOver(new MemoryObjectStore(), { mode: 'off' });
    expect(await authenticator.authenticate(undefined)).toBe(OPEN_CALLER);
    expect(await authenticator.authenticate('Bearer nonsense')).toBe(OPEN_CALLER);
  });
});
