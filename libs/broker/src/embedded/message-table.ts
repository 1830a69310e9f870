import type { StatementSync } from 'node:sqlite';
import type { DeadLetter, MailboxStatus, OutgoingMessage, Settlement } from '../broker.ts';
import type { Claimed } from '../claiming-consumer.ts';
import { CLAIMED, DELAYED, READY } from './broker-schema.ts';
import type { SqliteFile } from '#libs/sqlite';

export interface ClaimedMessage extends Claimed {
  readonly row: number;
  readonly owner: number;
}

interface ClaimRow {
  id: number;
  body: string;
  attempt: number;
  retries: number;
  priority: number;
  turn: number;
  published_at: number;
}

/**
 * Messages and dead letters as SQL. Every method is to be called within a transaction (`SqliteFile.write`), the ones
 * that only read within `SqliteFile.read`. `now` is ms since 1970.
 */
export class MessageTable {
  private readonly insertMailbox: StatementSync;
  private readonly nextNumbers: StatementSync;
  private readonly insert: StatementSync;
  private readonly anyReady: StatementSync;
  private readonly anyDue: StatementSync;
  private readonly promote: StatementSync;
  private readonly claimReady: StatementSync;
  private readonly nextDueAt: StatementSync;
  private readonly remove: StatementSync;
  private readonly removeReturning: StatementSync;
  private readonly retry: StatementSync;
  private readonly handBackOne: StatementSync;
  private readonly handBackUndelivered: StatementSync;
  private readonly claimsOf: StatementSync;
  private readonly releaseOne: StatementSync;
  private readonly reanchor: StatementSync;
  private readonly bury: StatementSync;
  private readonly dead: StatementSync;
  private readonly unbury: StatementSync;
  private readonly counts: StatementSync;
  private readonly deadCounts: StatementSync;
  private readonly dueCounts: StatementSync;
  private readonly names: StatementSync;

  constructor(file: SqliteFile) {
    this.insertMailbox = file.prepare('INSERT INTO mailbox VALUES (?) ON CONFLICT DO NOTHING');
    this.nextNumbers = file.prepare('UPDATE counter SET value = value + ? RETURNING value');
    this.insert = file.prepare(
      `INSERT INTO message (id, mailbox, state, priority, turn, attempt, published_at, delayed_at, due_at, body)
       VALUES (?1, ?2, ?3, ?4, ?1, 0, ?5, ?6, ?7, ?8)`,
    );
    this.anyReady = file.prepare(`SELECT 1 FROM message WHERE mailbox = ? AND state = ${READY} LIMIT 1`);
    this.anyDue = file.prepare('SELECT 1 FROM message WHERE due_at <= ? LIMIT 1');
    this.promote = file.prepare(
      `UPDATE message SET state = ${READY}, due_at = NULL, delayed_at = NULL WHERE due_at <= ?`,
    );
    this.claimReady = file.prepare(
      `UPDATE message SET state = ${CLAIMED}, owner = ?1, attempt = attempt + 1
       WHERE id IN (SELECT id FROM message WHERE mailbox = ?2 AND state = ${READY} ORDER BY priority DESC, turn LIMIT ?3)
       RETURNING id, body, attempt, retries, priority, turn, published_at`,
    );
    this.nextDueAt = file.prepare('SELECT min(due_at) AS due_at FROM message WHERE due_at > ?');
    // A claim is a row, its owner and its attempt: whoever lost it finds no such row.
    const mine = 'id = ? AND owner = ? AND attempt = ?';
    this.remove = file.prepare(`DELETE FROM message WHERE ${mine}`);
    this.removeReturning = file.prepare(
      `DELETE FROM message WHERE ${mine} RETURNING mailbox, priority, attempt, published_at, body`,
    );
    this.retry = file.prepare(
      `UPDATE message SET state = ?, owner = NULL, turn = ?, delayed_at = ?, due_at = ?, retries = retries + 1
       WHERE ${mine}`,
    );
    this.handBackOne = file.prepare(`UPDATE message SET state = ${READY}, owner = NULL WHERE ${mine}`);
    this.handBackUndelivered = file.prepare(
      `UPDATE message SET state = ${READY}, owner = NULL, attempt = attempt - 1 WHERE ${mine}`,
    );
    this.claimsOf = file.prepare('SELECT id FROM message WHERE owner = ? ORDER BY turn');
    this.releaseOne = file.prepare(`UPDATE message SET state = ${READY}, owner = NULL, turn = ? WHERE id = ?`);
    this.reanchor = file.prepare(
      'UPDATE message SET due_at = due_at - delayed_at + ?1, delayed_at = ?1 WHERE due_at IS NOT NULL AND delayed_at > ?1',
    );
    this.bury = file.prepare(
      `INSERT INTO dead_letter (id, mailbox, priority, attempts, published_at, died_at, reason, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.dead = file.prepare(
      `SELECT id, body, reason, attempts, published_at, died_at FROM dead_letter
       WHERE mailbox = ? AND id > ? ORDER BY id LIMIT ?`,
    );
    this.unbury = file.prepare('DELETE FROM dead_letter WHERE mailbox = ? AND id = ? RETURNING priority, body');
    this.counts = file.prepare(
      `SELECT mailbox, state, count(*) AS count, min(published_at) AS oldest FROM message GROUP BY mailbox, state`,
    );
    this.dueCounts = file.prepare(
      `SELECT mailbox, count(*) AS count, min(published_at) AS oldest FROM message WHERE due_at <= ? GROUP BY mailbox`,
    );
    this.deadCounts = file.prepare('SELECT mailbox, count(*) AS count FROM dead_letter GROUP BY mailbox');
    this.names = file.prepare('SELECT name FROM mailbox ORDER BY name');
  }

  addMailbox(mailbox: string): void {
    this.insertMailbox.run(mailbox);
  }

  publish(mailbox: string, messages: readonly OutgoingMessage[], now: number): void {
    let number = this.reserveNumbers(messages.length);
    for (const { body, priority = 0, delayMs = 0 } of messages) {
      const delayed = delayMs > 0;
      const dueAt = now + Math.ceil(delayMs);
      this.insert.run(
        number++,
        mailbox,
        delayed ? DELAYED : READY,
        priority,
        now,
        delayed ? now : null,
        delayed ? dueAt : null,
        body,
      );
    }
  }

  /** Reads only. */
  mayClaim(mailbox: string, now: number): boolean {
    return this.anyReady.get(mailbox) !== undefined || this.anyDue.get(now) !== undefined;
  }

  /** Makes ready what is due, in all mailboxes. */
  promoteDue(now: number): void {
    if (this.anyDue.get(now) !== undefined) this.promote.run(now);
  }

  claim(mailbox: string, owner: number, limit: number): ClaimedMessage[] {
    const rows = this.claimReady.all(owner, mailbox, limit) as unknown as ClaimRow[];
    // RETURNING promises no order.
    rows.sort((a, b) => b.priority - a.priority || a.turn - b.turn);
    return rows.map((row) => ({
      id: String(row.id),
      body: row.body,
      attempt: row.attempt,
      retries: row.retries,
      publishedAt: row.published_at,
      row: row.id,
      owner,
    }));
  }

  /** Reads only: when the next message that is not due yet will be, ms since 1970. */
  nextDue(now: number): number | undefined {
    return (this.nextDueAt.get(now)?.['due_at'] as number | null) ?? undefined;
  }

  /** False when the claim is lost; then nothing changes. */
  settle(claimed: ClaimedMessage, settlement: Settlement, now: number): boolean {
    const { row, owner, attempt } = claimed;
    if (settlement === 'ack') return this.remove.run(row, owner, attempt).changes === 1;
    if ('retryAfterMs' in settlement) {
      const delayed = settlement.retryAfterMs > 0;
      const turn = this.reserveNumbers(1);
      const dueAt = now + Math.ceil(settlement.retryAfterMs);
      const state = delayed ? DELAYED : READY;
      const result = this.retry.run(state, turn, delayed ? now : null, delayed ? dueAt : null, row, owner, attempt);
      return result.changes === 1;
    }
    const dying = this.removeReturning.get(row, owner, attempt);
    if (dying === undefined) return false;
    this.bury.run(
      this.reserveNumbers(1),
      dying['mailbox']!,
      dying['priority']!,
      dying['attempt']!,
      dying['published_at']!,
      now,
      settlement.deadLetter,
      dying['body']!,
    );
    return true;
  }

  /** Ready again at its old place. */
  handBack(claimed: ClaimedMessage, delivered: boolean): void {
    const statement = delivered ? this.handBackOne : this.handBackUndelivered;
    statement.run(claimed.row, claimed.owner, claimed.attempt);
  }

  /** Makes all claims of an owner ready again, behind what waits: one of them may be what killed it. */
  release(owner: number): number {
    const rows = this.claimsOf.all(owner);
    let turn = this.reserveNumbers(rows.length);
    for (const row of rows) this.releaseOne.run(turn++, row['id']!);
    return rows.length;
  }

  /** The wall clock went back: delays that began in what is now the future begin now, instead of lasting longer. */
  restartDelaysFromFuture(now: number): void {
    this.reanchor.run(now);
  }

  deadLetters(mailbox: string, after: number, limit: number): DeadLetter[] {
    return this.dead.all(mailbox, after, limit).map((row) => ({
      id: String(row['id']),
      body: row['body'] as string,
      reason: row['reason'] as string,
      attempts: row['attempts'] as number,
      publishedAt: row['published_at'] as number,
      diedAt: row['died_at'] as number,
    }));
  }

  replay(mailbox: string, letters: readonly number[], now: number): number {
    let moved = 0;
    for (const letter of letters) {
      const row = this.unbury.get(mailbox, letter);
      if (row === undefined) continue;
      this.publish(mailbox, [{ body: row['body'] as string, priority: row['priority'] as number }], now);
      moved++;
    }
    return moved;
  }

  discard(mailbox: string, letters: readonly number[]): number {
    return letters.filter((letter) => this.unbury.get(mailbox, letter) !== undefined).length;
  }

  /** Reads only. Takes time with the number of messages: 20 ms for 100,000. */
  statuses(now: number): MailboxStatus[] {
    const of = new Map<string, { -readonly [K in keyof MailboxStatus]: MailboxStatus[K] }>();
    for (const row of this.names.all()) {
      const mailbox = row['name'] as string;
      of.set(mailbox, { mailbox, ready: 0, delayed: 0, inFlight: 0, dead: 0, oldestReadyMs: 0 });
    }
    for (const row of this.counts.all()) {
      const status = of.get(row['mailbox'] as string)!;
      const field = row['state'] === READY ? 'ready' : row['state'] === DELAYED ? 'delayed' : 'inFlight';
      status[field] = row['count'] as number;
      if (field === 'ready') status.oldestReadyMs = Math.max(0, now - (row['oldest'] as number));
    }
    // Due, and nobody has had a free slot since to make it ready.
    for (const row of this.dueCounts.all(now)) {
      const status = of.get(row['mailbox'] as string)!;
      status.ready += row['count'] as number;
      status.delayed -= row['count'] as number;
      status.oldestReadyMs = Math.max(status.oldestReadyMs, now - (row['oldest'] as number));
    }
    for (const row of this.deadCounts.all()) of.get(row['mailbox'] as string)!.dead = row['count'] as number;
    return [...of.values()];
  }

  /** The first of `count` fresh numbers. */
  private reserveNumbers(count: number): number {
    return (this.nextNumbers.get(count)!['value'] as number) - count + 1;
  }
}
