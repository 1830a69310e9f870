import type { Consumer } from '#libs/broker';
import type { WorkerRole } from '../job-kind.ts';
import { JobActor } from './job-actor.ts';
import type { JobParts } from './job-parts.ts';
import { mailboxOf } from './messages.ts';

export interface WorkerHostOptions {
  readonly roles: readonly WorkerRole[];
  /** Messages handled at once, of each role. */
  readonly concurrency: Readonly<Record<WorkerRole, number>>;
}

/** Hosts the job actor on the mailboxes of some roles. Started once, closed once. */
export class WorkerHost {
  private consumers: Consumer[] = [];
  private readonly actor: JobActor;

  constructor(
    private readonly parts: JobParts,
    private readonly options: WorkerHostOptions,
  ) {
    this.actor = new JobActor(parts);
  }

  async start(): Promise<void> {
    for (const role of this.options.roles) {
      const mailbox = mailboxOf(this.parts.namespace, role);
      const consumer = await this.parts.broker.consume(
        mailbox,
        { concurrency: this.options.concurrency[role] },
        async (delivery) => {
          try {
            return await this.actor.handle(delivery);
          } catch (error) {
            // The job store or the broker itself failed: nothing can be said about the job, so the message stays.
            this.parts.logger.error({ mailbox, delivery: delivery.id, err: error }, 'a message could not be handled');
            return { retryAfterMs: 1000 };
          }
        },
      );
      this.consumers.push(consumer);
    }
  }

  /** Takes no more, finishes what runs within `graceMs`, hands the rest back. */
  async close(graceMs: number): Promise<void> {
    const closing = this.consumers.map((consumer) => consumer.close(graceMs));
    this.consumers = [];
    await Promise.all(closing);
  }
}
