import type { Clock } from '#libs/kernel';
import type { Member } from '../membership.ts';

/** The members of a MemoryJobStore. */
export class MemoryMembership {
  private readonly known = new Map<string, { readonly member: Member; readonly until: number }>();

  constructor(private readonly clock: Clock) {}

  announce(member: Member, ttlMs: number): void {
    this.known.set(member.id, { member, until: this.clock.now() + ttlMs });
  }

  withdraw(id: string): void {
    this.known.delete(id);
  }

  members(): Member[] {
    const now = this.clock.now();
    for (const [id, { until }] of this.known) if (until <= now) this.known.delete(id);
    return [...this.known.values()].map(({ member }) => member).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}
