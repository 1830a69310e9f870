import { systemEnvironment, systemRandom } from '#libs/kernel';
import { collect, objectStoreContract } from '../object-store-contract.ts';
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

const prefixes: string[] = [];
function freshPrefix(): S3ObjectStoreOptions {
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
