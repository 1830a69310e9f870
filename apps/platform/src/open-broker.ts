import type { Settings } from '#config';
import { EmbeddedBroker, openBullMqBroker, openRabbitMqBroker, type Broker } from '#libs/broker';
import { ROLES } from '#config';
import { join } from 'node:path';
import type { ServiceParts } from './open-job-store.ts';

export interface OpenBroker {
  readonly broker: Broker;
  /** The queues as bull-board shows them; BullMQ only. */
  readonly queueDashboard?: { queues(): readonly unknown[] };
}

/** Mailboxes beside those of the roles: see `mailbox` of the job kinds. */
const OTHER_MAILBOXES = ['webhook'];

export async function openBroker(settings: Settings, parts: ServiceParts): Promise<OpenBroker> {
  const { broker: location, namespace, dataFolder } = settings;
  switch (location.kind) {
    case 'embedded':
      return { broker: await EmbeddedBroker.open({ path: join(dataFolder, 'broker.sqlite'), ...parts }) };
    case 'amqp':
      return { broker: await openRabbitMqBroker({ url: location.url, namespace, ...parts }) };
    default: {
      const mailboxes = [...ROLES, ...OTHER_MAILBOXES].map((name) => `${namespace}.${name}`);
      const broker = await openBullMqBroker({ location: location.redis, namespace, mailboxes, ...parts });
      return { broker, queueDashboard: { queues: () => broker.rawQueues() } };
    }
  }
}
