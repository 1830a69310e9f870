import pLimit, { type LimitFunction } from 'p-limit';
import { isQuarryError, kindOf, QuarryError } from '#libs/kernel';
import type { Delivery, Listener, Settlement } from '#libs/broker';
import type { Member, Membership } from '#libs/job-store';
import type { WorkerRole } from '../job-kind.ts';
import { DirectInbox, type DirectTask } from './direct-inbox.ts';
import { Fleet } from './fleet.ts';
import { HostedMailboxes } from './hosted-mailboxes.ts';
import { JobActor } from './job-actor.ts';
import type { JobParts } from './job-parts.ts';
import { addressOf, decodeMessage, mailboxOf } from './messages.ts';
import { Watchdog } from './watchdog.ts';

export interface WorkerHostOptions {
  readonly roles: readonly WorkerRole[];
  /** Messages handled at once, by the last part of the mailbox's name: search, index, maintenance, webhook. */
  readonly concurrency: Readonly<Record<string, number>>;
  /** Takes part in routing, heeds operators and shows on dashboards; without it the worker only reads its mailboxes. */
  readonly fleet?: FleetMembership;
}

export interface FleetMembership {
  readonly membership: Membership;
  readonly hedge: boolean;
  readonly self: Pick<Member, 'host' | 'pid' | 'version'>;
  readonly cache: () => Member['cache'];
}

/** When an operator pauses a mailbox or drains a worker, what runs may take so long to end before it is handed back. */
const PAUSE_GRACE_MS = 600_000;

/** Between two looks whether the job store is back. */
const AWAY_MS = 1_000;

/** Hosts the job actor on the mailboxes of some roles, and at an address of its own. Started once, closed once. */
export class WorkerHost {
  readonly id: string;
  private readonly actor: JobActor;
  private readonly mailboxes: HostedMailboxes;
  private readonly inbox: DirectInbox;
  private readonly fleet: Fleet | undefined;
  private readonly watchdog: Watchdog | undefined;
  /** Aborts what still runs when the grace period is over. */
  private readonly stop = new AbortController();
  private readonly startedAt: number;
  /** For tasks that are routed, however they come. */
  private readonly slots: LimitFunction;
  private listener: Listener | undefined;
  private draining = false;

  constructor(
    private readonly parts: JobParts,
    private readonly options: WorkerHostOptions,
  ) {
    this.id = parts.ids.next();
    this.startedAt = parts.clock.now();
    this.slots = pLimit(options.concurrency['search'] ?? 1);
    this.mailboxes = new HostedMailboxes({
      broker: parts.broker,
      logger: parts.logger,
      concurrency: (mailbox) => options.concurrency[mailbox.slice(mailbox.lastIndexOf('.') + 1)] ?? 1,
      handle: (mailbox, delivery) => this.handle(mailbox, delivery),
      graceMs: PAUSE_GRACE_MS,
    });
    this.inbox = new DirectInbox({
      clock: parts.clock,
      concurrency: this.slots.concurrency,
      run: (task, signal) => this.actor.handleDirect(task, signal),
      passOn: (tasks) => this.passOn(tasks),
    });
    if (options.fleet) {
      this.fleet = this.makeFleet(options.fleet);
      this.watchdog = new Watchdog(parts, { fleet: this.fleet, hedge: options.fleet.hedge });
      this.actor = new JobActor(
        parts,
        {
          self: this.id,
          fleet: this.fleet,
          inbox: this.inbox,
          watchdog: this.watchdog,
        },
        this.slots,
      );
      this.watchdog.sendThrough(this.actor.dispatcher);
    } else this.actor = new JobActor(parts);
  }

  async start(): Promise<void> {
    if (this.options.roles.includes('search') && this.fleet) {
      const address = addressOf(this.parts.namespace, this.id);
      this.listener = await this.parts.broker.listen(address, (body) => this.receive(body));
    }
    await this.mailboxes.open(this.hosted());
    await this.fleet?.start();
  }

  /** Takes no more, finishes what runs within `graceMs`, hands the rest back. */
  async close(graceMs: number): Promise<void> {
    const cancel = this.parts.clock.after(graceMs, () =>
      this.stop.abort(new QuarryError('cancelled', 'the worker stops', { code: 'consumer_closed' })),
    );
    this.draining = true;
    await this.fleet?.close();
    await this.listener?.close();
    await Promise.all([this.mailboxes.close(graceMs), this.inbox.close(graceMs)]);
    cancel();
    this.watchdog?.close();
  }

  /** Looks at the others and at the operators' wishes now, not within a second. */
  async beat(): Promise<void> {
    await this.fleet?.beat();
    await this.mailboxes.settled();
  }

  private async handle(mailbox: string, delivery: Delivery): Promise<Settlement> {
    const signal = AbortSignal.any([withoutLeaseLoss(delivery.signal), this.stop.signal]);
    for (;;) {
      try {
        return await this.actor.handle({ ...delivery, signal });
      } catch (error) {
        // The job store or the broker itself failed: nothing can be said about the job, so the message stays.
        this.parts.logger.error({ mailbox, delivery: delivery.id, err: error }, 'a message could not be handled');
        // While one of them is away the message waits here: each time it came anew it would look more like poison.
        if (kindOf(error) !== 'unavailable' || signal.aborted) return { retryAfterMs: AWAY_MS };
        await this.parts.clock.sleep(AWAY_MS, signal).catch(() => {});
        if (signal.aborted) return { retryAfterMs: 0 };
      }
    }
  }

  private receive(body: string): void {
    try {
      const message = decodeMessage(body);
      if (message.type !== 'task') return;
      const { job, kind, hedge = false, sentAt = this.parts.clock.now() } = message;
      this.inbox.offer(message.tasks.map((task): DirectTask => ({ job, kind, task, hedge, sentAt })));
    } catch (error) {
      // Whoever sent it watches over its tasks and sends them to the mailbox of all, where such a message is kept.
      this.parts.logger.warn({ err: error }, 'a message that was sent to this worker cannot be read');
    }
  }

  /** Never rejects: the senders watch over these tasks, and the reconciler over their jobs. */
  private async passOn(tasks: readonly DirectTask[]): Promise<void> {
    for (const { job, kind, task } of tasks) {
      try {
        await this.actor.dispatcher.share(this.parts.kinds.get(kind), job, [task]);
      } catch (error) {
        this.parts.logger.debug({ job, task, err: error }, 'a task could not be passed on');
        // The broker is away: to wait for it anew with each of a thousand tasks would hold up the end of the process.
        if (kindOf(error) !== 'invalid') return;
      }
    }
  }

  private makeFleet(membership: FleetMembership): Fleet {
    return new Fleet({
      membership: membership.membership,
      hints: this.parts.jobs,
      clock: this.parts.clock,
      logger: this.parts.logger,
      mailboxes: this.hosted(),
      self: () => ({
        id: this.id,
        kind: 'worker',
        ...membership.self,
        startedAt: this.startedAt,
        roles: this.options.roles,
        draining: this.draining,
        load: {
          running: this.slots.activeCount,
          waiting: this.slots.pendingCount + this.inbox.waitingCount,
          concurrency: this.slots.concurrency,
        },
        cache: membership.cache(),
        pace: this.actor.tasks.pace(),
      }),
      control: ({ draining, paused }) => {
        this.draining = draining;
        const wanted = draining ? [] : this.hosted().filter((mailbox) => !paused.has(mailbox));
        // It has said why it failed; the next heartbeat tries again.
        this.mailboxes.open(wanted).catch(() => {});
      },
    });
  }

  /** Of the roles' kinds, and of the roles themselves: another version's kinds may be there. */
  private hosted(): string[] {
    const { kinds, namespace } = this.parts;
    const ofKinds = kinds.names().map((name) => kinds.get(name));
    const ofRoles = this.options.roles.map((role) => ({ role }));
    const hosted = [...ofRoles, ...ofKinds].filter(({ role }) => this.options.roles.includes(role));
    return [...new Set(hosted.map((kind) => mailboxOf(namespace, kind)))];
  }
}

/**
 * A lost lease only means that somebody else may begin the same work: who is first records it (JOB-2). When the broker was
 * away for longer than a lease lasts, stopping would throw away whatever was being done, everywhere at once.
 */
function withoutLeaseLoss(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const pass = (): void => {
    const reason: unknown = signal.reason;
    if (!isQuarryError(reason) || reason.code !== 'lease_lost') controller.abort(reason);
  };
  if (signal.aborted) pass();
  else signal.addEventListener('abort', pass, { once: true });
  return controller.signal;
}
