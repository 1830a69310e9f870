import { ensureRabbit, ensureRedis } from './messaging.mjs';
import { ensureS3 } from './s3.mjs';

/** Several Jest projects name this file; one set of servers serves them all. Under this symbol the teardown finds it. */
export const RUNNING = Symbol.for('quarry.test.services');

/** Finds or starts the servers and tells the specs, which run in processes of their own, by the environment. */
export default async function setUp() {
  globalThis[RUNNING] ??= start();
  await globalThis[RUNNING];
}

/** Gives what stops all of them. If one cannot be had, none stays. */
async function start() {
  const outcomes = await Promise.allSettled([startS3(), startRedis(), startRabbit()]);
  const stop = async () => {
    await Promise.all(outcomes.map((outcome) => outcome.value?.stop()));
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return { stop };
  await stop();
  throw failed.reason;
}

const startS3 = () =>
  timed('S3', async () => {
    const s3 = await ensureS3();
    process.env.QUARRY_TEST_S3_ENDPOINT = s3.endpoint;
    process.env.QUARRY_TEST_S3_ACCESS_KEY = s3.accessKey;
    process.env.QUARRY_TEST_S3_SECRET_KEY = s3.secretKey;
    process.env.QUARRY_TEST_S3_REGION = s3.region;
    process.env.QUARRY_TEST_S3_BUCKET = s3.bucket;
    return { ...s3, url: s3.endpoint };
  });

const startRedis = () =>
  timed('Redis', async () => {
    const redis = await ensureRedis();
    process.env.QUARRY_TEST_REDIS_URL = redis.url;
    return redis;
  });

const startRabbit = () =>
  timed('RabbitMQ', async () => {
    const rabbit = await ensureRabbit();
    process.env.QUARRY_TEST_AMQP_URL = rabbit.url;
    return rabbit;
  });

async function timed(name, ensure) {
  const started = Date.now();
  const service = await ensure();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const address = service.url.replace(/\/\/[^@/]*@/, '//');
  process.stderr.write(`tests: ${name} at ${address} (${service.origin}; ${seconds} s)\n`);
  return service;
}
