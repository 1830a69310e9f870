import { COMPOSE_MINIO, dockerAnswers, startMinio } from './docker-minio.mjs';
import { INSTALL_COMMAND, installCeph } from './install-ceph.mjs';
import { canInstallPackages } from './install-packages.mjs';
import { holdCeph, missingCephProgram } from './kept-ceph.mjs';
import { createBucket, s3Answers } from './s3-request.mjs';

/** What may be running on the standard ports, with the keys it would have. */
const STANDARD = [
  COMPOSE_MINIO,
  { ...COMPOSE_MINIO, accessKey: 'minioadmin', secretKey: 'minioadmin' },
  { ...COMPOSE_MINIO, endpoint: 'http://127.0.0.1:7480' },
];

/**
 * A real S3 server for tests: one the environment names, one that runs already, MinIO in Docker, Ceph from Debian's packages.
 * Never a stand-in (the popular ones ignore conditional writes), never nothing: without a server it throws and says what to do.
 * @returns {Promise<{endpoint: string, accessKey: string, secretKey: string, region: string, bucket: string,
 *   origin: string, stop: () => Promise<void>}>} `stop` lets go of the server; one of our own ends soon after.
 */
export async function ensureS3() {
  const { server, origin, release } = await findServer();
  const bucket = process.env.QUARRY_TEST_S3_BUCKET ?? 'quarry-test';
  if (process.env.QUARRY_TEST_S3_BUCKET === undefined) await createBucket(server, bucket);
  return { ...server, bucket, origin, stop: async () => release?.() };
}

async function findServer() {
  const named = fromEnvironment();
  if (named) {
    if (await s3Answers(named)) return { server: named, origin: 'named by QUARRY_TEST_S3_ENDPOINT' };
    throw new Error(
      `no S3 server answers at QUARRY_TEST_S3_ENDPOINT=${named.endpoint} with the access key "${named.accessKey}"; ` +
        'start it, correct QUARRY_TEST_S3_ACCESS_KEY and QUARRY_TEST_S3_SECRET_KEY, or unset the variables',
    );
  }
  for (const server of STANDARD)
    if (await s3Answers(server)) return { server, origin: 'was running on its standard port' };
  if (await dockerAnswers()) return { ...(await startMinio()), origin: 'MinIO in Docker' };
  let installing = '';
  if (missingCephProgram() !== undefined && canInstallPackages())
    await installCeph().catch((error) => (installing = `\n${error.message}`));
  const missing = missingCephProgram();
  if (missing === undefined) return { ...(await holdCeph()), origin: 'Ceph, of our own' };
  throw new Error(
    'the tests need a real S3 server, and there is none. Any one of these gives them one:\n' +
      '  - Docker: start it; the tests then run MinIO from docker-compose.yml\n' +
      `  - Debian or Ubuntu: as root, ${INSTALL_COMMAND}   (missing: ${missing})\n` +
      '  - a server of yours: QUARRY_TEST_S3_ENDPOINT, QUARRY_TEST_S3_ACCESS_KEY, QUARRY_TEST_S3_SECRET_KEY\n' +
      `See test/services/README.md.${installing}`,
  );
}

function fromEnvironment() {
  const {
    QUARRY_TEST_S3_ENDPOINT: endpoint,
    QUARRY_TEST_S3_ACCESS_KEY: accessKey,
    QUARRY_TEST_S3_SECRET_KEY: secretKey,
    QUARRY_TEST_S3_REGION: region = 'us-east-1',
  } = process.env;
  if (endpoint === undefined) return undefined;
  if (!accessKey || !secretKey)
    throw new Error('QUARRY_TEST_S3_ENDPOINT needs QUARRY_TEST_S3_ACCESS_KEY and QUARRY_TEST_S3_SECRET_KEY beside it');
  return { endpoint: endpoint.replace(/\/+$/, ''), accessKey, secretKey, region };
}
