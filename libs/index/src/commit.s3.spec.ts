import { systemEnvironment, systemRandom } from '#libs/kernel';
import { openS3ObjectStore } from '#libs/object-store';
import { commitProtocolContract, type OpenedStore } from './commit-protocol-contract.ts';

/** An empty store under a random prefix of the real server; closing it deletes what was put there. */
async function openedOnRealServer(): Promise<OpenedStore> {
  const environment = systemEnvironment();
  const variable = (name: string): string => {
    const value = environment[name];
    if (value === undefined) throw new Error(`${name} is not set: test/services/global-setup.mjs did not run`);
    return value;
  };
  const store = await openS3ObjectStore({
    endpoint: variable('QUARRY_TEST_S3_ENDPOINT'),
    region: variable('QUARRY_TEST_S3_REGION'),
    bucket: variable('QUARRY_TEST_S3_BUCKET'),
    credentials: {
      accessKeyId: variable('QUARRY_TEST_S3_ACCESS_KEY'),
      secretAccessKey: variable('QUARRY_TEST_S3_SECRET_KEY'),
    },
    pathStyle: true,
    prefix: `commit-spec/${Buffer.from(systemRandom.bytes(6)).toString('hex')}`,
  });
  const close = async (): Promise<void> => {
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    await store.deleteMany(keys);
    await store.close();
  };
  return { store, close };
}

commitProtocolContract('S3', openedOnRealServer);
