import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isQuarryError } from '#libs/kernel';
import { loadSettings } from './load-settings.ts';
import { isLoopback } from './setting-parsers.ts';

function refusalOf(environment: Record<string, string | undefined>): string {
  try {
    loadSettings(environment);
  } catch (error) {
    if (isQuarryError(error) && error.kind === 'invalid' && error.code === 'bad_setting') return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('loadSettings', () => {
  let folder: string;
  const file = (text: string): string => {
    const path = join(folder, 'quarry.yaml');
    writeFileSync(path, text);
    return path;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quarry-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gives the documented defaults', () => {
    expect(loadSettings({})).toEqual({
      store: { kind: 'file', folder: resolve('data/objects') },
      broker: { kind: 'embedded' },
      jobs: { kind: 'embedded' },
      dataFolder: resolve('data'),
      namespace: 'quarry',
      host: '127.0.0.1',
      port: 7600,
      auth: { mode: 'off' },
      metricsOpen: false,
      roles: ['search', 'index', 'maintenance'],
      concurrency: 4,
      searchThreads: 0,
      indexMemoryBytes: 256 * 2 ** 20,
      cacheMemoryBytes: 256 * 2 ** 20,
      cacheDiskBytes: 0,
      cacheFolder: resolve('data/cache'),
      bodyLimitBytes: 100 * 2 ** 20,
      shutdownGraceMs: 10_000,
      jobRetentionMs: 86_400_000,
      logLevel: 'info',
      webhookAllow: [],
      searchTaskBytes: 512 * 2 ** 20,
      hedge: true,
      compaction: true,
      gcGraceMs: 86_400_000,
      s3: { pathStyle: false },
    });
  });

  it('puts the environment over the chosen file over the defaults', () => {
    const QUARRY_CONFIG = file('port: 1\nconcurrency: 2\nroles: [search]\nallowOpen: true\ns3PathStyle: false\n');
    expect(loadSettings({ QUARRY_CONFIG, QUARRY_PORT: '9', QUARRY_HOST: '0.0.0.0' })).toMatchObject({
      port: 9,
      host: '0.0.0.0',
      concurrency: 2,
      roles: ['search'],
      namespace: 'quarry',
    });
  });

  it('puts the default store under the data folder', () => {
    expect(loadSettings({ QUARRY_DATA: '/var/quarry' }).store).toEqual({ kind: 'file', folder: '/var/quarry/objects' });
  });

  it('reads store locations', () => {
    expect(loadSettings({ QUARRY_STORE: 'file://./x y' }).store).toEqual({ kind: 'file', folder: resolve('x y') });
    expect(loadSettings({ QUARRY_STORE: 'file:///srv/objects' }).store).toEqual({
      kind: 'file',
      folder: '/srv/objects',
    });
    expect(loadSettings({ QUARRY_STORE: 's3://logs' }).store).toEqual({ kind: 's3', bucket: 'logs', prefix: '' });
    expect(loadSettings({ QUARRY_STORE: 's3://logs/a/b/' }).store).toEqual({
      kind: 's3',
      bucket: 'logs',
      prefix: 'a/b',
    });
  });

  it('assumes path style and a region for an S3 server of one’s own only', () => {
    const own = { QUARRY_S3_ENDPOINT: 'http://127.0.0.1:9000/' };
    expect(loadSettings(own).s3).toEqual({ endpoint: 'http://127.0.0.1:9000', region: 'us-east-1', pathStyle: true });
    expect(loadSettings({ ...own, QUARRY_S3_PATH_STYLE: 'no' }).s3.pathStyle).toBe(false);
    expect(loadSettings({ QUARRY_S3_REGION: 'eu-central-1' }).s3).toEqual({ region: 'eu-central-1', pathStyle: false });
  });

  it('is frozen, and takes an empty variable as not set', () => {
    const settings = loadSettings({ QUARRY_PORT: '', QUARRY_S3_ENDPOINT: ' ', QUARRY_CACHE_DISK: '' });
    expect(settings.port).toBe(7600);
    expect(() => Object.assign(settings, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(settings.s3, { region: 'x' })).toThrow(TypeError);
  });

  it.each([
    [{ QUARRY_PORT: '70000' }, 'QUARRY_PORT="70000": expected a whole number from 0 to 65535'],
    [{ QUARRY_CACHE_MEMORY: 'lots' }, 'QUARRY_CACHE_MEMORY="lots": expected a size from 0 to 1TiB, such as 256MiB'],
    [{ QUARRY_INDEX_MEMORY: '1KiB' }, 'QUARRY_INDEX_MEMORY="1KiB": expected a size from 16MiB to 16GiB'],
    [{ QUARRY_SHUTDOWN_GRACE: '10 years' }, 'QUARRY_SHUTDOWN_GRACE="10 years": expected a duration from 0 to 10m'],
    [{ QUARRY_STORE: 'gs://bucket' }, 'expected file://<folder> or s3://<bucket>/<prefix>'],
    [{ QUARRY_STORE: 's3://bucket/../x' }, 'expected file://<folder> or s3://<bucket>/<prefix>'],
    [{ QUARRY_ROLES: 'search,cook' }, 'QUARRY_ROLES="search,cook": expected a comma-separated list'],
    [{ QUARRY_LOG_LEVEL: 'loud' }, 'expected one of trace, debug, info'],
    [{ QUARRY_BROKER: 'kafka://x' }, 'QUARRY_BROKER="kafka://x": expected embedded'],
    [{ QUARRY_BROKER: 'redis://me:secret@host/x' }, 'QUARRY_BROKER="redis://***@host/x": expected embedded, redis://'],
    [{ QUARRY_BROKER: 'amqp://' }, 'QUARRY_BROKER="amqp://": expected embedded'],
    [{ QUARRY_JOBS: 'amqp://host' }, 'QUARRY_JOBS="amqp://host": expected embedded, or redis://'],
    [{ QUARRY_AUTH: 'jwt:dGhpcyBpcyBzZWNyZXQ' }, 'QUARRY_AUTH="***": expected off, or a comma-separated list'],
    [{ QUARRY_AUTH: 'api-keys,hs256:short' }, 'QUARRY_AUTH="api-keys,***": the secret of hs256 must have 32 bytes'],
    [{ QUARRY_AUTH: 'http://idp.example/jwks' }, 'QUARRY_AUTH="http://idp.example/jwks": expected off'],
    [{ QUARRY_AUTH: 'https://idp.example/jwks' }, 'QUARRY_JWT_ISSUER is not set: with a JWKS'],
    [{ QUARRY_WEBHOOK_ALLOW: '10.0.0.0/33' }, 'QUARRY_WEBHOOK_ALLOW="10.0.0.0/33": expected a comma-separated list'],
    [{ QUARRY_CACHE_DISK: '4KiB' }, 'QUARRY_CACHE_DISK="4KiB"'],
    [{ QUARRY_SEARCH_THREADS: '257' }, 'QUARRY_SEARCH_THREADS="257": expected a whole number from 0 to 256'],
    [{ QUARRY_THREADS: 'all' }, 'QUARRY_THREADS="all": expected a whole number from 0 to 256'],
    [{ QUARRY_PORT: 'tcp://10.0.0.1:7600' }, 'enableServiceLinks: false'],
    [{ QUARRY_PROT: '1' }, 'unknown setting QUARRY_PROT="1": did you mean QUARRY_PORT?'],
    [{ QUARRY_XYZZY_PLUGH: '1' }, 'unknown setting QUARRY_XYZZY_PLUGH="1": see docs/SETTINGS.md'],
    [{ QUARRY_CONFIG: '/does/not/exist.yaml' }, 'the settings file /does/not/exist.yaml cannot be read'],
  ])('refuses %p in one line', (environment, expected) => {
    const message = refusalOf(environment);
    expect(message).toContain(expected);
    expect(message).not.toContain('\n');
    expect(message).not.toContain('secret@');
  });

  it('refuses unknown keys, wrong values and other shapes in a file, naming the file', () => {
    expect(refusalOf({ QUARRY_CONFIG: file('cachMemory: 1MiB') })).toMatch(
      /unknown setting cachMemory in .*quarry\.yaml: did you mean cacheMemory\?/,
    );
    expect(refusalOf({ QUARRY_CONFIG: file('port: [1, 2]') })).toMatch(
      /port in .*quarry\.yaml="1,2": expected a whole number/,
    );
    expect(refusalOf({ QUARRY_CONFIG: file('- a\n- b') })).toContain('must be a list of "name: value" lines');
    expect(refusalOf({ QUARRY_CONFIG: file('a: b: c') })).toContain('cannot be read');
  });

  it('serves beyond loopback only when told twice', () => {
    expect(refusalOf({ QUARRY_HOST: '0.0.0.0' })).toMatch(
      /QUARRY_HOST="0.0.0.0" is beyond loopback.*QUARRY_ALLOW_OPEN=yes/,
    );
    expect(loadSettings({ QUARRY_HOST: '0.0.0.0', QUARRY_ALLOW_OPEN: 'yes' }).host).toBe('0.0.0.0');
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1']) expect(isLoopback(host)).toBe(true);
    for (const host of ['128.0.0.1', '::', '127.0.0.1.example.org', '1270.0.0.1']) expect(isLoopback(host)).toBe(false);
  });

  it('lets pass what others put into the environment', () => {
    const foreign = { QUARRY_URL: 'http://x', QUARRY_TOKEN: 't', QUARRY_TEST_S3_ENDPOINT: 'x', PATH: '/bin' };
    const kubernetes = {
      QUARRY_SERVICE_HOST: '10.0.0.1',
      QUARRY_SERVICE_PORT: '7600',
      QUARRY_PORT_7600_TCP: 'tcp://x',
    };
    expect(loadSettings({ ...foreign, ...kubernetes }).port).toBe(7600);
  });
});

describe('who may come in', () => {
  const SECRET = 'x'.repeat(32);
  it('is by API key alone, by a secret, or by the keys of an issuer', () => {
    expect(loadSettings({ QUARRY_AUTH: 'api-keys', QUARRY_HOST: '0.0.0.0' }).auth).toEqual({
      mode: 'on',
      algorithms: ['RS256', 'ES256'],
      tenantClaim: 'tenant',
    });
    expect(loadSettings({ QUARRY_AUTH: `hs256:${SECRET}`, QUARRY_JWT_AUDIENCE: 'quarry' }).auth).toMatchObject({
      hs256Secret: SECRET,
      audience: 'quarry',
      algorithms: ['HS256'],
    });
    const jwks = { QUARRY_AUTH: 'https://idp.example/jwks', QUARRY_JWT_ISSUER: 'idp', QUARRY_JWT_AUDIENCE: 'quarry' };
    expect(loadSettings(jwks).auth).toMatchObject({
      jwksUrl: 'https://idp.example/jwks',
      algorithms: ['RS256', 'ES256'],
    });
  });
});
