import type { Clock } from '#libs/kernel';
import type { JobStore, Member, Membership } from '#libs/job-store';
import type { Logger } from '#libs/telemetry';

/** What operators have asked for, as hints in the job store; every worker looks at them with each heartbeat. */
export const pausedHint = (mailbox: string): string => `paused:${mailbox}`;
export const drainingHint = (worker: string): string => `draining:${worker}`;

export interface FleetOptions {
  readonly membership: Membership;
  readonly hints: Pick<JobStore, 'getHint'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What this process says of itself. */
  readonly self: () => Member;
  /** Mailboxes that operators may pause. */
  readonly mailboxes: readonly string[];
  /** Called after each look, with what operators wish. */
  readonly control: (wish: { readonly draining: boolean; readonly paused: ReadonlySet<string> }) => void;
}

const BEAT_MS = 1_000;
/** Three beats may be lost before a member counts as gone. */
const TTL_MS = 3_500;

/**
 * This process's place among the workers: says every second that it is there and how busy, and knows who else is. What it
 * knows may be a second old and is for routing only; being wrong costs time, never a result.
 */
export class Fleet {
  private known: readonly Member[] = [];
  private cancelTimer: () => void = () => {};
  private beating: Promise<void> = Promise.resolve();
  private stopped = false;
  private failing = false;
  private readonly sent = new Map<string, number>();

  constructor(private readonly options: FleetOptions) {}

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.beat();
  }

  /** Of the role, taking new work, by id. What this process says of itself is of now. */
  workers(role: string): readonly Member[] {
    const self = this.options.self();
    const known = this.known.map((member) => (member.id === self.id ? self : member));
    return known.filter((member) => member.kind === 'worker' && !member.draining && member.roles.includes(role));
  }

  /** Tasks that this process has sent to the worker since it last looked how busy it is. */
  sentTo(id: string): number {
    return this.sent.get(id) ?? 0;
  }

  noteSent(id: string, tasks: number): void {
    this.sent.set(id, this.sentTo(id) + tasks);
  }

  async close(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.beating;
    await this.options.membership.withdraw(this.options.self().id).catch((error: unknown) => {
      this.options.logger.debug({ err: error }, 'could not say goodbye');
    });
  }

  /** One heartbeat; public so that tests need not wait for the timer. Never rejects. */
  async beat(): Promise<void> {
    this.cancelTimer();
    this.beating = this.look();
    await this.beating;
    if (!this.stopped) this.cancelTimer = this.options.clock.after(BEAT_MS, () => void this.beat());
  }

  private async look(): Promise<void> {
    const { membership, hints, logger, mailboxes, control } = this.options;
    const self = this.options.self();
    try {
      const [, draining, ...paused] = await Promise.all([
        membership.announce(self, TTL_MS),
        hints.getHint(drainingHint(self.id)),
        ...mailboxes.map((mailbox) => hints.getHint(pausedHint(mailbox))),
      ]);
      this.known = await membership.members();
      this.sent.clear();
      control({ draining: draining === 1, paused: new Set(mailboxes.filter((_, i) => paused[i] === 1)) });
      this.failing = false;
    } catch (error) {
      // What was known stays: whoever has gone meanwhile does not answer, and its tasks are sent elsewhere.
      if (!this.failing) logger.warn({ err: error }, 'the other workers cannot be seen');
      this.failing = true;
    }
  }
}
