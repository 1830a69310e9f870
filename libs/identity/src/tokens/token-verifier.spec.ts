import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { exportSPKI, importJWK, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { kindOf } from '#libs/kernel';
import { TestClock } from '../identity-fixture.ts';
import type { AuthOn } from '../identity-settings.ts';
import { assembled, signedBy, signedWith, TestIssuer } from './jwks-fixture.ts';
import { TokenVerifier } from './token-verifier.ts';

const SECRET = 'correct horse battery staple, and more of it';
const bad = expect.objectContaining({ kind: 'unauthenticated' }) as Error;
const badToken = expect.objectContaining({ kind: 'unauthenticated', code: 'bad_token' }) as Error;

const clock = new TestClock();
const seconds = (): number => clock.time / 1000;
const claims = (more: JWTPayload = {}): JWTPayload => ({
  sub: 'alice',
  tenant: 'acme',
  scope: 'search index openid',
  iss: 'https://issuer.test',
  aud: 'quarry',
  exp: seconds() + 60,
  ...more,
});
const without = (name: string): JWTPayload => {
  const all = claims();
  delete all[name];
  return all;
};

describe('tokens signed with the secret', () => {
  const settings: AuthOn = {
    mode: 'on',
    hs256Secret: SECRET,
    algorithms: ['HS256'],
    issuer: 'https://issuer.test',
    audience: 'quarry',
    tenantClaim: 'tenant',
  };
  const verifier = new TokenVerifier(settings, clock);

  it('speak for their tenant', async () => {
    expect(await verifier.verify(await signedWith(SECRET, claims()))).toEqual({
      tenant: 'acme',
      subject: 'alice',
      scopes: new Set(['search', 'index']),
    });
  });

  it.each<[string, JWTPayload]>([
    ['scope', { scope: 'search admin' }],
    ['scopes', { scope: undefined, scopes: ['search', 'admin', 7] }],
    ['scp', { scope: undefined, scp: ['admin', 'search'] }],
    ['scp as a text', { scope: undefined, scp: 'admin search' }],
  ])('carry scopes in %s', async (_, more) => {
    expect((await verifier.verify(await signedWith(SECRET, claims(more)))).scopes).toEqual(
      new Set(['search', 'admin']),
    );
  });

  it('may be limited to indexes', async () => {
    const limited = await verifier.verify(await signedWith(SECRET, claims({ indexes: ['logs-*'] })));
    expect(limited.indexes).toEqual(['logs-*']);
    expect((await verifier.verify(await signedWith(SECRET, claims({ indexes: [] })))).indexes).toEqual([]);
    for (const indexes of [null, 7, ['A'], ['a', 7], {}, Array(101).fill('a')])
      await expect(verifier.verify(await signedWith(SECRET, claims({ indexes })))).rejects.toThrow(badToken);
  });

  it.each<[string, JWTPayload]>([
    ['no expiry', without('exp')],
    ['no issuer', without('iss')],
    ['another issuer', claims({ iss: 'https://evil.test' })],
    ['no audience', without('aud')],
    ['another audience', claims({ aud: 'other' })],
    ['no tenant', without('tenant')],
    ['a tenant that is no name', claims({ tenant: '../acme' })],
    ['a tenant that is no text', claims({ tenant: ['acme'] })],
    ['a system folder for a tenant', claims({ tenant: '_identity' })],
    ['a time before which it is not good', claims({ nbf: seconds() + 60 })],
  ])('are refused with %s', async (_, payload) => {
    await expect(verifier.verify(await signedWith(SECRET, payload))).rejects.toThrow(badToken);
  });

  it('end when they expire, give or take what clocks differ by', async () => {
    const token = await signedWith(SECRET, claims({ exp: seconds() - 4 }));
    expect(await verifier.verify(token)).toMatchObject({ tenant: 'acme' });
    const expired = await signedWith(SECRET, claims({ exp: seconds() - 6 }));
    await expect(verifier.verify(expired)).rejects.toMatchObject({ code: 'expired_credentials' });
    // Whether it has is not said of a token that may be forged.
    await expect(verifier.verify(expired.slice(0, -4))).rejects.toMatchObject({ code: 'bad_credentials' });
  });

  it('are refused when they are forged', async () => {
    const genuine = await signedWith(SECRET, claims());
    const [header, , signature] = genuine.split('.');
    const other = Buffer.from(JSON.stringify(claims({ tenant: 'globex' }))).toString('base64url');
    const none = new UnsecuredJWT(claims()).encode();
    const forged = [
      `${header}.${other}.${signature}`,
      genuine.slice(0, -3),
      await signedWith(`${SECRET}!`, claims()),
      await signedWith(SECRET.repeat(2), claims(), 'HS512'),
      none,
      `${none}${signature}`,
      assembled({ alg: 'none' }, claims()),
      assembled({ alg: 'None' }, claims(), signature),
      assembled({ alg: 'HS256', crit: ['b64'], b64: false }, claims(), signature),
      assembled({}, claims(), signature),
      'x',
      'a.b.c',
      `${'a'.repeat(20_000)}.b.c`,
      '',
    ];
    for (const one of forged) await expect(verifier.verify(one)).rejects.toThrow(bad);
  });

  it('are refused whatever comes', async () => {
    const json = fc.dictionary(
      fc.constantFrom('alg', 'kid', 'typ', 'crit', 'jwk', 'jku', 'x5u', 'b64', 'exp'),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(json, fc.jsonValue(), fc.base64String(), async (header, payload, signature) => {
        const token = assembled({ alg: 'HS256', ...header }, { payload }, signature);
        await expect(verifier.verify(token)).rejects.toThrow(bad);
      }),
      { numRuns: 300 },
    );
  });

  it('need a secret that cannot be guessed, and algorithms that go with it', () => {
    expect(() => new TokenVerifier({ ...settings, hs256Secret: 'x'.repeat(31) }, clock)).toThrow('32 bytes');
    for (const algorithms of [['RS256'], ['HS256', 'RS256'], []] as const)
      expect(() => new TokenVerifier({ ...settings, algorithms }, clock)).toThrow('signed HS256 here');
    const jwks: AuthOn = { mode: 'on', jwksUrl: 'http://127.0.0.1:9/', algorithms: ['HS256'], tenantClaim: 'tenant' };
    expect(() => new TokenVerifier(jwks, clock)).toThrow('signed RS256 or ES256 here');
  });

  it('name their tenant in the claim that the settings say', async () => {
    const org = new TokenVerifier({ ...settings, tenantClaim: 'https://quarry/org' }, clock);
    const token = await signedWith(SECRET, claims({ 'https://quarry/org': 'globex' }));
    expect(await org.verify(token)).toMatchObject({ tenant: 'globex' });
  });
});

describe('tokens signed with a key of the JWKS', () => {
  let issuer: TestIssuer;
  let verifier: TokenVerifier;
  beforeEach(async () => {
    issuer = await new TestIssuer().start();
    verifier = new TokenVerifier(
      {
        mode: 'on',
        jwksUrl: issuer.url,
        algorithms: ['RS256', 'ES256'],
        issuer: 'https://issuer.test',
        audience: 'quarry',
        tenantClaim: 'tenant',
      },
      clock,
    );
  });
  afterEach(() => issuer.close());

  it.each(['RS256', 'ES256'] as const)('are accepted with %s, for one request of the keys', async (alg) => {
    const key = await issuer.addKey('k1', alg);
    for (let i = 0; i < 5; i++)
      expect(await verifier.verify(await signedBy(key, claims()))).toMatchObject({ tenant: 'acme', subject: 'alice' });
    expect(issuer.requests).toBe(1);
  });

  it('are refused when another key signed, whatever they say of it', async () => {
    const key = await issuer.addKey('k1');
    const strange = await issuer.addKey('k1', 'ES256', false);
    await expect(verifier.verify(await signedBy(strange, claims()))).rejects.toThrow(bad);
    await expect(verifier.verify(await signedBy({ ...strange, kid: 'k2' }, claims()))).rejects.toThrow(bad);
    // The key in the token itself, or a place to fetch it from.
    const [, payload, signature] = (await signedBy(strange, claims())).split('.');
    for (const header of [
      { alg: 'ES256', jwk: strange.jwk },
      { alg: 'ES256', kid: 'k1', jku: 'https://evil.test/jwks' },
      { alg: 'none', kid: 'k1' },
    ])
      await expect(
        verifier.verify(`${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`),
      ).rejects.toThrow(bad);
    expect(await verifier.verify(await signedBy(key, claims()))).toMatchObject({ tenant: 'acme' });
  });

  it('are not HS256 with the public key for a secret', async () => {
    const key = await issuer.addKey('k1', 'RS256');
    const pem = await exportSPKI((await importJWK(key.jwk, 'RS256')) as CryptoKey);
    for (const secret of [pem, pem.trim(), JSON.stringify(key.jwk), key.jwk.n!]) {
      const unsigned = assembled({ alg: 'HS256', kid: 'k1' }, claims()).slice(0, -1);
      const signature = createHmac('sha256', secret).update(unsigned).digest('base64url');
      await expect(verifier.verify(`${unsigned}.${signature}`)).rejects.toThrow(bad);
    }
  });

  it('follow the issuer to a new key, and away from an old one', async () => {
    const before = await issuer.addKey('k1');
    expect(await verifier.verify(await signedBy(before, claims()))).toMatchObject({ tenant: 'acme' });
    issuer.keys = [];
    const after = await issuer.addKey('k2');
    const token = await signedBy(after, claims());
    // jose's cooldown goes by the wall clock, and an unknown key is not worth a request before it is over.
    await expect(verifier.verify(token)).rejects.toThrow(bad);
    expect(issuer.requests).toBe(1);
    const now = wallClockAt(Date.now() + 31_000);
    expect(await verifier.verify(token)).toMatchObject({ tenant: 'acme' });
    expect(issuer.requests).toBe(2);
    await expect(verifier.verify(await signedBy(before, claims()))).rejects.toThrow(bad);
    expect(issuer.requests).toBe(2);
    now.restore();
  });

  it('may come without key ids', async () => {
    const first = await issuer.addKey(undefined);
    const second = await issuer.addKey(undefined);
    for (const key of [first, second])
      expect(await verifier.verify(await signedBy(key, claims()))).toMatchObject({ tenant: 'acme' });
    const strange = await issuer.addKey(undefined, 'ES256', false);
    await expect(verifier.verify(await signedBy(strange, claims()))).rejects.toThrow(bad);
  });

  it.each([
    ['an error', { status: 500, body: '' }],
    ['something else', { status: 200, body: '<html>' }],
    ['a redirection', { status: 302, body: '' }],
    ['no keys', { status: 200, body: '{"keys":7}' }],
  ])('are neither valid nor invalid while the issuer answers %s', async (_, trouble) => {
    const key = await issuer.addKey('k1');
    const token = await signedBy(key, claims());
    issuer.trouble = trouble;
    await expect(verifier.verify(token)).rejects.toMatchObject({ kind: 'unavailable', code: 'jwks_unavailable' });
    issuer.trouble = undefined;
    clock.time += 1_000;
    expect(await verifier.verify(token)).toMatchObject({ tenant: 'acme' });
  });

  it('do not make an issuer that is down busier', async () => {
    const key = await issuer.addKey('k1');
    issuer.trouble = { status: 503, body: '' };
    const token = await signedBy(key, claims());
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => verifier.verify(token).catch((error: unknown) => kindOf(error))),
    );
    await verifier.verify(token).catch(() => {});
    expect(new Set(outcomes)).toEqual(new Set(['unavailable']));
    expect(issuer.requests).toBe(1);
  });

  it('are served by the keys that are known while the issuer is away', async () => {
    const key = await issuer.addKey('k1');
    const token = await signedBy(key, claims());
    await verifier.verify(token);
    await issuer.close();
    expect(await verifier.verify(token)).toMatchObject({ tenant: 'acme' });
    issuer = await new TestIssuer().start();
  });
});

/** The wall clock of libraries that do not take ours. */
function wallClockAt(time: number): { restore: () => void } {
  const real = Date.now;
  Date.now = () => time;
  return { restore: () => (Date.now = real) };
}
