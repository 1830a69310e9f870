import { QuarryError, SingleFlight } from '#libs/kernel';
import type { JobParts } from './job-parts.ts';

/** Deliverable messages of one mailbox beyond which no more jobs are taken. */
const MAX_READY = 10_000;
/** Counting is not free; a count this old is good enough to refuse or admit by. */
const FRESH_MS = 1_000;

/** Refuses work that would only wait: an honest 503 now is better than a timeout later. */
export class Admission {
  private ready = new Map<string, number>();
  private countedAt = -Infinity;
  private readonly counting = new SingleFlight<'count', void>();

  constructor(private readonly parts: JobParts) {}

  /** Throws `overloaded` (`too_many_jobs`). */
  async check(mailbox: string): Promise<void> {
    const now = this.parts.clock.monotonic();
    if (now - this.countedAt > FRESH_MS) await this.counting.run('count', () => this.count(now));
    const waiting = this.ready.get(mailbox) ?? 0;
    if (waiting < MAX_READY) return;
    throw new QuarryError('overloaded', `${waiting} messages wait already; try again later or start more workers`, {
      code: 'too_many_jobs',
      details: { mailbox, waiting },
    });
  }

  private async count(now: number): Promise<void> {
    const mailboxes = await this.parts.broker.mailboxes();
    this.ready = new Map(mailboxes.map((status) => [status.mailbox, status.ready]));
    this.countedAt = now;
  }
}
