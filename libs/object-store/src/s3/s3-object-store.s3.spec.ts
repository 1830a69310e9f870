import { DeleteObjectCommand, ListMultipartUploadsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createIds, encodeUtf8, QuarryError, systemClock, systemEnvironment, systemRandom } from '#libs/kernel';
import { checkConditionalWrites } from '../check-conditional-writes.ts';
import { collect, failureOf, objectStoreContract } from '../object-store-contract.ts';
import { S3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts';

function realServer(): S3ObjectStoreOptions & { readonly prefix: string } {
  const environment = systemEnvironment();
  const variable = (name: string): string => {
    const value = environment[name];
    if (value === undefined) throw new Error(`${name} is not set: test/services/global-setup.mjs did not run`);
    return value;
  };
  return {
    endpoint: variable('QUARRY_TEST_S3_ENDPOINT'),
    region: variable('QUARRY_TEST_S3_REGION'),
    bucket: variable('QUARRY_TEST_S3_BUCKET'),
    credentials: {
      accessKeyId: variable('QUARRY_TEST_S3_ACCESS_KEY'),
      secretAccessKey: variable('QUARRY_TEST_S3_SECRET_KEY'),
    },
    pathStyle: true,
    prefix: `object-store-spec/${Buffer.from(systemRandom.bytes(6)).toString('hex')}`,
  };
}

/** S3's least. */
const PART_BYTES = 5 * 2 ** 20;

const clientFor = ({ endpoint, region, credentials }: Omit<S3ObjectStoreOptions, 'prefix'>): S3Client =>
  new S3Client({
    endpoint: endpoint!,
    region: region!,
    forcePathStyle: true,
    credentials: credentials!,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });

const prefixes: string[] = [];
function freshPrefix(): S3ObjectStoreOptions & { readonly prefix: string } {
  const options = realServer();
  prefixes.push(options.prefix);
  return options;
}
afterAll(async () => {
  for (const prefix of prefixes) {
    const store = new S3ObjectStore({ ...realServer(), prefix });
    await store.deleteMany((await collect(store.list(''))).map((info) => info.key));
    await store.close();
  }
});

objectStoreContract('S3ObjectStore', { create: async () => new S3ObjectStore(freshPrefix()) });

describe('S3ObjectStore on a real server', () => {
  const opened: S3ObjectStore[] = [];
  const open = (options: Partial<S3ObjectStoreOptions> = {}): S3ObjectStore => {
    const store = new S3ObjectStore({ ...freshPrefix(), ...options });
    opened.push(store);
    return store;
  };
  afterAll(async () => {
    await Promise.all(opened.map((store) => store.close()));
  });

  it('honours conditional writes', async () => {
    const ids = createIds(systemClock, systemRandom);
    expect(await checkConditionalWrites(open(), ids)).toEqual({ winners: 1 });
  });

  it('says access_denied for wrong keys and bucket_not_found for a wrong bucket', async () => {
    const stranger = open({ credentials: { accessKeyId: 'nobody', secretAccessKey: 'wrong' } });
    expect(await failureOf(stranger.get('k'))).toBe('invalid access_denied');
    expect(await failureOf(stranger.head('k'))).toBe('invalid access_denied');
    expect(await failureOf(stranger.put('k', encodeUtf8('x')))).toBe('invalid access_denied');
    const nowhere = open({ bucket: 'quarry-no-such-bucket' });
    expect(await failureOf(nowhere.get('k'))).toBe('invalid bucket_not_found');
    expect(await failureOf(nowhere.put('k', encodeUtf8('x')))).toBe('invalid bucket_not_found');
    expect(await failureOf(collect(nowhere.list('')))).toBe('invalid bucket_not_found');
  });

  it('keeps keys under its prefix, whose slashes at the ends do not matter', async () => {
    const prefix = `${freshPrefix().prefix}/deep`;
    const [plain, slashed] = [open({ prefix }), open({ prefix: `/${prefix}/` })];
    await plain.put('k', encodeUtf8('x'));
    expect(await collect(slashed.list('', { startAfter: 'j' }))).toMatchObject([{ key: 'k', size: 1 }]);
    expect(await slashed.get('k')).toEqual(encodeUtf8('x'));
  });

  it.each(['its source fails', 'it is cancelled'])(
    'leaves no parts of an upload behind when %s',
    async (how) => {
      const { prefix, ...options } = freshPrefix();
      const store = open({ ...options, prefix, partBytes: PART_BYTES });
      const client = clientFor(options);
      const uploads = async (): Promise<number> => {
        const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: options.bucket, Prefix: prefix }));
        return answer.Uploads?.length ?? 0;
      };
      const abort = new AbortController();
      const begun: number[] = [];
      const source = async function* (): AsyncGenerator<Uint8Array> {
        // The parts that may be on their way at once, and more, so that some have arrived when it breaks off.
        for (let part = 0; part < 6; part++) yield new Uint8Array(PART_BYTES).fill(part);
        begun.push(await uploads());
        if (how === 'it is cancelled') abort.abort();
        else throw new QuarryError('corrupt', 'no more of it');
        yield new Uint8Array(PART_BYTES);
      };
      const failure = await failureOf(store.putStream('k', source(), { signal: abort.signal }));
      expect(failure).toBe(how === 'it is cancelled' ? 'cancelled cancelled' : 'corrupt corrupt');
      expect(begun).toEqual([1]);
      expect(await uploads()).toBe(0);
      expect(await collect(store.list(''))).toEqual([]);
      client.destroy();
    },
    60_000,
  );

  it('does not list what the port has no name for, as the markers that consoles make for folders', async () => {
    const { prefix, ...options } = freshPrefix();
    const store = open({ ...options, prefix });
    const client = clientFor(options);
    const marker = { Bucket: options.bucket, Key: `${prefix}/folder/` };
    await client.send(new PutObjectCommand({ ...marker, Body: new Uint8Array() }));
    await store.put('folder/k', encodeUtf8('x'));
    expect((await collect(store.list(''))).map((info) => info.key)).toEqual(['folder/k']);
    await client.send(new DeleteObjectCommand(marker));
    client.destroy();
  });
});
