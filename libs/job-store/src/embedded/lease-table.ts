import type { StatementSync } from 'node:sqlite';
import type { Lease } from '../job-store.ts';
import type { SqliteFile } from '#libs/sqlite';

/** Leases nobody has prolonged for so long are forgotten; their tokens are not given again. */
const LEASE_FORGOTTEN_MS = 24 * 3_600_000;
const HINT_FORGOTTEN_MS = 7 * 24 * 3_600_000;

/** Leases and hints as SQL. Call as JobTable. */
export class LeaseTable {
  private readonly byName: StatementSync;
  private readonly nextToken: StatementSync;
  private readonly put: StatementSync;
  private readonly remove: StatementSync;
  private readonly forgetLeases: StatementSync;
  private readonly hint: StatementSync;
  private readonly setHint: StatementSync;
  private readonly forgetHints: StatementSync;

  constructor(file: SqliteFile) {
    this.byName = file.prepare('SELECT owner, token, expires_at, ttl_ms FROM lease WHERE name = ?');
    this.nextToken = file.prepare('UPDATE fence SET token = token + 1 RETURNING token');
    this.put = file.prepare(
      'INSERT OR REPLACE INTO lease (name, owner, token, expires_at, ttl_ms) VALUES (?, ?, ?, ?, ?)',
    );
    this.remove = file.prepare('DELETE FROM lease WHERE name = ? AND owner = ? AND token = ?');
    this.forgetLeases = file.prepare('DELETE FROM lease WHERE expires_at < ?');
    this.hint = file.prepare('SELECT value FROM hint WHERE key = ?');
    this.setHint = file.prepare('INSERT OR REPLACE INTO hint (key, value, put_at) VALUES (?, ?, ?)');
    this.forgetHints = file.prepare('DELETE FROM hint WHERE put_at < ?');
  }

  acquire(name: string, owner: string, ttlMs: number, now: number): Lease | undefined {
    const row = this.byName.get(name);
    const leftMs = row ? (row['expires_at'] as number) - now : 0;
    // More left than it was given for: the clock went back, and the holder must not gain by that.
    const isHeld = row !== undefined && leftMs > 0 && leftMs <= (row['ttl_ms'] as number);
    const mine = isHeld && row['owner'] === owner;
    if (isHeld && !mine) return undefined;
    const token = (mine ? row['token'] : this.nextToken.get()!['token']) as number;
    const expiresAt = now + ttlMs;
    this.put.run(name, owner, token, expiresAt, ttlMs);
    return { name, owner, token, expiresAt };
  }

  release({ name, owner, token }: Lease): void {
    this.remove.run(name, owner, token);
  }

  putHint(key: string, value: number, now: number): void {
    this.setHint.run(key, value, now);
  }

  getHint(key: string): number | undefined {
    return this.hint.get(key)?.['value'] as number | undefined;
  }

  forgetOld(now: number): void {
    this.forgetLeases.run(now - LEASE_FORGOTTEN_MS);
    this.forgetHints.run(now - HINT_FORGOTTEN_MS);
  }
}
