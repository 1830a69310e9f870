import type { Channel } from 'amqplib';
import { SingleFlight } from '#libs/kernel';
import { declareLevels } from './delay-levels.ts';
import type { MailboxRoll } from './mailbox-roll.ts';
import type { PooledChannel } from './pooled-channel.ts';
import { bandQueue, deadQueue } from './queue-arguments.ts';
import { BANDS, type QueueNames } from './queue-names.ts';
import type { RabbitConnection } from './rabbit-connection.ts';

/** A cluster takes its time to make two dozen replicated queues. */
const DECLARE_TIMEOUT_MS = 20_000;

/** Declares what a mailbox needs, once for as long as this client lives or until it turns out to be gone. */
export class Topology {
  private readonly connection: RabbitConnection;
  private readonly channel: PooledChannel<Channel>;
  private readonly names: QueueNames;
  private readonly roll: MailboxRoll;
  private readonly declaring = new SingleFlight<string, void>();
  /** Mailbox → the highest declared level of its delays; -1 when none is. */
  private readonly declared = new Map<string, number>();

  constructor(connection: RabbitConnection, channel: PooledChannel<Channel>, names: QueueNames, roll: MailboxRoll) {
    this.connection = connection;
    this.channel = channel;
    this.names = names;
    this.roll = roll;
  }

  /** @param level of delays; -1 for none */
  async ensure(mailbox: string, level = -1): Promise<void> {
    // Who joins a flight may have wanted a higher level.
    while ((this.declared.get(mailbox) ?? -2) < level) {
      await this.declaring.run(mailbox, () => this.declare(mailbox, level));
    }
  }

  /** Somebody has deleted queues: all are declared again when they are needed. */
  forget(mailbox: string): void {
    this.declared.delete(mailbox);
  }

  private async declare(mailbox: string, level: number): Promise<void> {
    await this.connection.ready();
    const channel = await this.channel.get();
    let known = this.declared.get(mailbox);
    const work = async (): Promise<void> => {
      if (known === undefined) {
        const dead = this.names.dead(mailbox);
        // Before the queues that may need it.
        await channel.assertQueue(dead, deadQueue);
        for (const band of BANDS) await channel.assertQueue(this.names.band(mailbox, band), bandQueue(dead));
        known = -1;
      }
      if (known < level) await declareLevels(channel, this.names, mailbox, known + 1, level);
    };
    await this.connection.within(`the queues of ${mailbox}`, work(), DECLARE_TIMEOUT_MS);
    this.declared.set(mailbox, Math.max(level, known ?? -1));
    this.roll.note(mailbox, level);
  }
}
