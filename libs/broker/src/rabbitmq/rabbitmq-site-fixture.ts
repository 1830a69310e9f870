import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { createIds, systemClock, systemRandom } from '#libs/kernel';
import { BANDS, QueueNames } from './queue-names.ts';
import { RabbitMqBroker, type RabbitMqBrokerOptions } from './rabbitmq-broker.ts';

export function amqpUrl(): string {
  const url = process.env.QUARRY_TEST_AMQP_URL;
  if (!url)
    throw new Error('QUARRY_TEST_AMQP_URL is not set: run these specs with `npm test`, which starts a RabbitMQ');
  return url;
}

export const freshNamespace = (): string => `test-${randomBytes(6).toString('hex')}`;

export const brokerOptions = (url: string, namespace: string): RabbitMqBrokerOptions => ({
  url,
  namespace,
  clock: systemClock,
  random: systemRandom,
  ids: createIds(systemClock, systemRandom),
});

const DELAY_LEVELS = 25;

/** Deletes what the mailboxes of a namespace left on the server; deleting what does not exist is no error. */
export async function removeNamespace(url: string, namespace: string, mailboxes: readonly string[]): Promise<void> {
  const names = new QueueNames(namespace);
  const connection = await connect(url, { noDelay: true });
  try {
    const channel = await connection.createChannel();
    await channel.deleteQueue(names.roll());
    for (const mailbox of mailboxes) {
      for (const band of BANDS) await channel.deleteQueue(names.band(mailbox, band));
      await channel.deleteQueue(names.dead(mailbox));
      await channel.deleteExchange(names.due(mailbox));
      for (let level = 0; level < DELAY_LEVELS; level++) {
        await channel.deleteQueue(names.delay(mailbox, level));
        await channel.deleteExchange(names.delay(mailbox, level));
      }
    }
  } finally {
    await connection.close();
  }
}

/** The mailboxes of a namespace, as a new client finds them. */
export async function mailboxesOf(url: string, namespace: string): Promise<string[]> {
  const broker = await RabbitMqBroker.open(brokerOptions(url, namespace));
  try {
    return (await broker.mailboxes()).map(({ mailbox }) => mailbox);
  } finally {
    await broker.close();
  }
}
