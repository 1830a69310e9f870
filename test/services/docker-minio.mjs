import { fileURLToPath } from 'node:url';
import { runCommand, tryCommand, until } from './run-command.mjs';
import { s3Answers } from './s3-request.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** As docker-compose.yml has it. */
export const COMPOSE_MINIO = {
  endpoint: 'http://127.0.0.1:9000',
  accessKey: 'quarry',
  secretKey: 'quarry-secret',
  region: 'us-east-1',
};

/** Whether an engine answers that knows `docker compose`. */
export async function dockerAnswers() {
  if ((await tryCommand('docker', ['info'], { timeoutMs: 5000 })).code !== 0) return false;
  return (await tryCommand('docker', ['compose', 'version'], { timeoutMs: 5000 })).code === 0;
}

/** The service `minio` of docker-compose.yml. `release` stops the container again. */
export async function startMinio() {
  await runCommand('docker', ['compose', 'up', '-d', 'minio'], { cwd: root, timeoutMs: 300_000 });
  await until(() => s3Answers(COMPOSE_MINIO), 'MinIO in Docker to answer on port 9000', 300_000);
  return {
    server: COMPOSE_MINIO,
    release: () => runCommand('docker', ['compose', 'stop', 'minio'], { cwd: root }),
  };
}
