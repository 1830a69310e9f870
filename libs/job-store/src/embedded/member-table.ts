import type { StatementSync } from 'node:sqlite';
import type { SqliteFile } from '#libs/sqlite';
import type { Member } from '../membership.ts';

/** Members as SQL. Call as JobTable. */
export class MemberTable {
  private readonly put: StatementSync;
  private readonly remove: StatementSync;
  private readonly present: StatementSync;
  private readonly forget: StatementSync;

  constructor(file: SqliteFile) {
    // More time left than was given: the clock went back, and the dead must not live on by that.
    const isPresent = 'expires_at > ?1 AND expires_at <= ?1 + ttl_ms';
    this.put = file.prepare('INSERT OR REPLACE INTO member (id, body, expires_at, ttl_ms) VALUES (?, ?, ?, ?)');
    this.remove = file.prepare('DELETE FROM member WHERE id = ?');
    this.present = file.prepare(`SELECT body FROM member WHERE ${isPresent} ORDER BY id`);
    this.forget = file.prepare(`DELETE FROM member WHERE NOT (${isPresent})`);
  }

  announce(member: Member, ttlMs: number, now: number): void {
    this.forget.run(now);
    this.put.run(member.id, JSON.stringify(member), now + ttlMs, ttlMs);
  }

  withdraw(id: string): void {
    this.remove.run(id);
  }

  /** Reads only. */
  members(now: number): Member[] {
    return this.present.all(now).map((row) => JSON.parse(row['body'] as string) as Member);
  }
}
