import { ensureS3 } from './s3.mjs';

/** Several Jest projects name this file; one server serves them all. Under this symbol the teardown finds it. */
export const RUNNING = Symbol.for('quarry.test.s3');

/** Finds or starts the S3 server and tells the specs, which run in processes of their own, by the environment. */
export default async function setUp() {
  globalThis[RUNNING] ??= start();
  await globalThis[RUNNING];
}

async function start() {
  const started = Date.now();
  const s3 = await ensureS3();
  process.env.QUARRY_TEST_S3_ENDPOINT = s3.endpoint;
  process.env.QUARRY_TEST_S3_ACCESS_KEY = s3.accessKey;
  process.env.QUARRY_TEST_S3_SECRET_KEY = s3.secretKey;
  process.env.QUARRY_TEST_S3_REGION = s3.region;
  process.env.QUARRY_TEST_S3_BUCKET = s3.bucket;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(`tests: S3 at ${s3.endpoint} (${s3.origin}; ${seconds} s)\n`);
  return s3;
}
