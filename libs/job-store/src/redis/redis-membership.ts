import type { Member, Membership } from '../membership.ts';
import type { JobStoreKeys } from './job-keys.ts';
import type { RedisScripts } from './redis-scripts.ts';
import { ANNOUNCE_MEMBER, LIST_MEMBERS, WITHDRAW_MEMBER } from './scripts/lease-scripts.ts';

/** Members in one hash, the times of their ends beside it; times are Redis's own. */
export class RedisMembership implements Membership {
  private readonly keys: readonly string[];

  constructor(
    private readonly scripts: RedisScripts,
    { members }: JobStoreKeys,
  ) {
    this.keys = [members.until, members.who];
  }

  async announce(member: Member, ttlMs: number): Promise<void> {
    await this.scripts.run(ANNOUNCE_MEMBER, this.keys, [member.id, JSON.stringify(member), Math.ceil(ttlMs)]);
  }

  async withdraw(id: string): Promise<void> {
    await this.scripts.run(WITHDRAW_MEMBER, this.keys, [id]);
  }

  async members(): Promise<Member[]> {
    const all = (await this.scripts.run(LIST_MEMBERS, this.keys)) as string[];
    return all.map((member) => JSON.parse(member) as Member).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}
