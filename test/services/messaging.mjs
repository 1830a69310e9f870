import { connect } from 'node:net';
import { amqpAnswers } from './amqp-answers.mjs';
import { holdService } from './kept-service.mjs';
import { ensureRabbitCanStart } from './rabbitmq-server.mjs';
import { startRedis } from './redis-server.mjs';

/**
 * A Redis for the whole run: the one that QUARRY_TEST_REDIS_URL names, else one of our own, which starts in no time.
 * @returns {Promise<{url: string, origin: string, stop: () => Promise<void>}>}
 */
export async function ensureRedis() {
  const named = await fromEnvironment('QUARRY_TEST_REDIS_URL', 6379, accepts);
  if (named !== undefined) return named;
  const { url, stop } = await startRedis();
  return { url, stop, origin: 'of our own' };
}

/**
 * A RabbitMQ for the whole run: the one that QUARRY_TEST_AMQP_URL names, else one of our own, which a run before may have
 * left up: it takes five seconds to start.
 * @returns {Promise<{url: string, origin: string, stop: () => Promise<void>}>}
 */
export async function ensureRabbit() {
  const named = await fromEnvironment('QUARRY_TEST_AMQP_URL', 5672, amqpAnswers);
  if (named !== undefined) return named;
  // Here, so that what is missing is said, and installed, by the run and not by the keeper.
  await ensureRabbitCanStart();
  const { server, release } = await holdService('rabbitmq');
  return { url: server.url, stop: async () => release(), origin: 'of our own' };
}

async function fromEnvironment(name, standardPort, answers) {
  const url = process.env[name];
  if (url === undefined) return undefined;
  const { hostname, port } = new URL(url);
  if (await answers(Number(port) || standardPort, hostname))
    return { url, stop: async () => undefined, origin: `named by ${name}` };
  throw new Error(
    `nobody answers at ${name}=${url.replace(/\/\/[^@/]*@/, '//')}; start the server, or unset the variable`,
  );
}

function accepts(port, host) {
  return new Promise((resolve) => {
    const connection = connect(port, host);
    connection.setTimeout(3000, () => connection.destroy());
    connection.on('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => undefined);
    connection.on('close', () => resolve(false));
  });
}
