import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { ErrorRecord } from '#libs/kernel';
import type { SqliteFile } from '#libs/sqlite';
import {
  IDEMPOTENCY_KEPT_MS,
  idempotencyKeyReused,
  jobIdTaken,
  REOPENABLE_STATES,
  wholeMs,
  withTry,
} from '../job-rules.ts';
import {
  isTerminal,
  type IdempotencyKey,
  type JobFilter,
  type JobRecord,
  type JobState,
  type JobTransition,
  type NewJob,
  type WholeJob,
} from '../job-store.ts';
import { toColumn, toJobRecord } from './job-row.ts';

/**
 * Job records and idempotency keys as SQL. Call within `SqliteFile.write`, the methods that only read within `read`.
 * `now` is ms since 1970.
 */
export class JobTable {
  private readonly byId: StatementSync;
  private readonly byKey: StatementSync;
  private readonly forgetKey: StatementSync;
  private readonly rememberKey: StatementSync;
  private readonly insert: StatementSync;
  /** By the columns that are compared. */
  private readonly newest = new Map<string, StatementSync>();
  private readonly move: StatementSync;
  private readonly startWhole: StatementSync;
  private readonly back: StatementSync;
  private readonly stalled: StatementSync;
  private readonly stalledTransient: StatementSync;
  private readonly touchOne: StatementSync;
  private readonly sleep: StatementSync;
  private readonly owed: StatementSync;
  private readonly settleOwed: StatementSync;
  private readonly ended: StatementSync;
  private readonly deletions: StatementSync[];
  private readonly forgetOldKeys: StatementSync;
  private readonly promises: StatementSync;
  private readonly changes: StatementSync;

  constructor(private readonly file: SqliteFile) {
    this.byId = file.prepare('SELECT * FROM job WHERE id = ?');
    this.byKey = file.prepare('SELECT fingerprint, job, created_at FROM idempotency WHERE tenant = ? AND key = ?');
    this.forgetKey = file.prepare('DELETE FROM idempotency WHERE tenant = ? AND key = ?');
    this.rememberKey = file.prepare('INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)');
    this.insert = file.prepare(
      `INSERT INTO job (id, kind, tenant, index_name, spec, priority, expires_at, transient, subject, callback, announce,
         state, attempt, created_at, touched_at, total, done, failed, work_done_bytes, work_total_bytes, work_documents, changed)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'queued', 1, ?12, ?13, 0, 0, 0, 0, 0, 0, 0)
       RETURNING *`,
    );
    this.move = file.prepare(
      `UPDATE job SET state = ?2, finished_at = ?3, touched_at = ?4, due_at = NULL, changed = changed + 1,
         owed = CASE WHEN ?3 IS NULL THEN 0 ELSE announce END,
         started_at = CASE WHEN ?5 THEN coalesce(started_at, ?4) ELSE started_at END,
         result = coalesce(?6, result), coverage = coalesce(?7, coverage), error = coalesce(?8, error),
         receipt = coalesce(?9, receipt)
       WHERE id = ?1 RETURNING *`,
    );
    this.startWhole = file.prepare(
      `UPDATE job SET total = 1, done = 1, started_at = coalesce(started_at, ?3)
       WHERE id = ?1 AND attempt = ?2 AND state = 'queued' RETURNING id`,
    );
    this.back = file.prepare(
      `UPDATE job SET state = CASE WHEN EXISTS (SELECT 1 FROM plan WHERE plan.job = job.id) THEN 'running' ELSE 'queued' END,
         expires_at = ?2 + (expires_at - created_at), attempt = attempt + 1, finished_at = NULL, touched_at = ?2, due_at = NULL, owed = 0,
         changed = changed + 1,
         started_at = coalesce(started_at, ?2), result = NULL, coverage = NULL, error = NULL, receipt = NULL,
         total = CASE WHEN EXISTS (SELECT 1 FROM plan WHERE plan.job = job.id) THEN total ELSE 0 END,
         done = CASE WHEN EXISTS (SELECT 1 FROM plan WHERE plan.job = job.id) THEN done - ?3 ELSE 0 END,
         failed = CASE WHEN EXISTS (SELECT 1 FROM plan WHERE plan.job = job.id) THEN failed - ?4 ELSE 0 END
       WHERE id = ?1 RETURNING *`,
    );
    const still = (transient: 0 | 1): string =>
      `SELECT * FROM job WHERE finished_at IS NULL AND transient = ${transient} AND touched_at < ?1`;
    // Both parts come in order from the index and are merged: no more rows are read than asked for.
    this.stalled = file.prepare(`${still(0)} UNION ALL ${still(1)} ORDER BY touched_at, id LIMIT ?2`);
    this.stalledTransient = file.prepare(`${still(1)} ORDER BY touched_at, id LIMIT ?2`);
    this.touchOne = file.prepare(
      'UPDATE job SET touched_at = max(?1, coalesce(due_at, ?1)) WHERE id = ?2 AND finished_at IS NULL',
    );
    this.sleep = file.prepare(
      'UPDATE job SET touched_at = ?2, due_at = ?2, tries = ?3, changed = changed + 1 WHERE id = ?1 RETURNING *',
    );
    this.owed = file.prepare('SELECT * FROM job WHERE owed = 1 AND finished_at < ? ORDER BY finished_at, id LIMIT ?');
    this.settleOwed = file.prepare('UPDATE job SET owed = 0 WHERE id = ?1 AND (?2 IS NULL OR attempt = ?2)');
    this.ended = file.prepare(
      `SELECT * FROM job WHERE finished_at IS NOT NULL AND owed = 0 AND finished_at < ?1 AND transient >= ?3
       ORDER BY finished_at, id LIMIT ?2`,
    );
    this.deletions = [
      'DELETE FROM job WHERE id = ?',
      'DELETE FROM plan WHERE job = ?',
      'DELETE FROM partial WHERE job = ?',
      'DELETE FROM task_progress WHERE job = ?',
      'DELETE FROM idempotency WHERE job = ?',
    ].map((sql) => file.prepare(sql));
    this.forgetOldKeys = file.prepare('DELETE FROM idempotency WHERE created_at < ?');
    this.promises = file.prepare('SELECT transient, announce FROM job WHERE id = ?');
    this.changes = file.prepare('SELECT changed FROM job WHERE id = ?');
  }

  create(job: NewJob, now: number): { created: boolean; job: JobRecord } {
    const earlier = this.earlier(job, now);
    if (earlier) return { created: false, job: earlier };
    if (job.idempotency) {
      const { key, fingerprint } = job.idempotency;
      this.rememberKey.run(job.tenant, key, fingerprint, job.id, now);
    }
    const row = this.insert.get(
      job.id,
      job.kind,
      job.tenant,
      job.index,
      toColumn(job.spec),
      job.priority ?? null,
      job.expiresAt ?? null,
      job.transient ? 1 : 0,
      job.subject ?? null,
      toColumn(job.callback),
      job.announce ? 1 : 0,
      job.createdAt ?? now,
      now,
    )!;
    return { created: true, job: toJobRecord(row) };
  }

  private earlier(job: NewJob, now: number): JobRecord | undefined {
    if (job.idempotency) {
      const known = this.getByKey(job.tenant, job.idempotency, now);
      if (known) return known;
      this.forgetKey.run(job.tenant, job.idempotency.key);
    }
    const same = this.get(job.id);
    if (same && same.tenant !== job.tenant) throw jobIdTaken(job.id);
    return same;
  }

  /** Reads only. */
  getByKey(tenant: string, { key, fingerprint }: IdempotencyKey, now: number): JobRecord | undefined {
    const seen = this.byKey.get(tenant, key);
    if (!seen || (seen['created_at'] as number) <= now - IDEMPOTENCY_KEPT_MS) return undefined;
    if (seen['fingerprint'] !== fingerprint) throw idempotencyKeyReused(key, seen['job'] as string);
    return this.get(seen['job'] as string);
  }

  get(id: string): JobRecord | undefined {
    const row = this.byId.get(id);
    return row && toJobRecord(row);
  }

  list(filter: JobFilter, page: { after?: string; limit: number }): JobRecord[] {
    const compared = Object.entries({
      'tenant =': filter.tenant,
      'subject =': filter.subject,
      'kind =': filter.kind,
      'state =': filter.state,
      'index_name =': filter.index,
      'id <': page.after,
    }).filter((comparison): comparison is [string, string] => comparison[1] !== undefined);
    const statement = this.newestWhere(compared.map(([column]) => column));
    return statement.all(...compared.map(([, value]) => value), page.limit).map(toJobRecord);
  }

  private newestWhere(comparisons: readonly string[]): StatementSync {
    const where = comparisons.map((comparison) => `${comparison} ?`).join(' AND ');
    let statement = this.newest.get(where);
    if (!statement) {
      // Few jobs are about one subject, and many are a tenant's; SQLite cannot know that.
      const from = comparisons.includes('subject =') ? 'job INDEXED BY job_of_subject' : 'job';
      statement = this.file.prepare(`SELECT * FROM ${from} ${where && `WHERE ${where}`} ORDER BY id DESC LIMIT ?`);
      this.newest.set(where, statement);
    }
    return statement;
  }

  /** `from` was checked: no terminal state is in it. */
  transition(
    id: string,
    from: readonly JobState[],
    to: JobTransition,
    attempt: number | undefined,
    now: number,
  ): JobRecord | undefined {
    const row = this.byId.get(id);
    if (!row || !from.includes(row['state'] as JobState)) return undefined;
    if (attempt !== undefined && attempt !== row['attempt']) return undefined;
    const ends = isTerminal(to.state);
    const values: SQLInputValue[] = [
      id,
      to.state,
      ends ? now : null,
      now,
      !ends && to.state !== 'queued' ? 1 : 0,
      toColumn(to.result),
      to.coverage ?? null,
      toColumn(to.error),
      toColumn(to.receipt),
    ];
    return toJobRecord(this.move.get(...values)!);
  }

  recordWhole({ startedAt, ...job }: WholeJob, to: JobTransition, now: number): boolean {
    if (this.get(job.id)) return false;
    this.create(job, now);
    return this.endWhole(job.id, to, 1, now, startedAt);
  }

  endWhole(id: string, to: JobTransition, attempt: number, now: number, startedAt = now): boolean {
    if (!this.startWhole.get(id, attempt, startedAt)) return false;
    return this.transition(id, ['queued'], to, attempt, now) !== undefined;
  }

  /** `forgotten`: how many partials were taken from it, and how many of these reported a failure. */
  reopen(id: string, forgotten: { done: number; failed: number }, now: number): JobRecord {
    return toJobRecord(this.back.get(id, now, forgotten.done, forgotten.failed)!);
  }

  /** Reads only. */
  mayReopen(id: string): boolean {
    return REOPENABLE_STATES.includes(this.byId.get(id)?.['state'] as JobState);
  }

  listStalled(before: number, limit: number, transientOnly: boolean): JobRecord[] {
    return (transientOnly ? this.stalledTransient : this.stalled).all(before, limit).map(toJobRecord);
  }

  touch(id: string, now: number): void {
    this.touchOne.run(now, id);
  }

  postpone(
    id: string,
    dueAt: number,
    error: ErrorRecord,
    attempt: number | undefined,
    now: number,
  ): JobRecord | undefined {
    const job = this.get(id);
    if (!job || isTerminal(job.state) || (attempt !== undefined && attempt !== job.attempt)) return undefined;
    return toJobRecord(this.sleep.get(id, wholeMs(dueAt), toColumn(withTry(job.tries, { at: now, error })))!);
  }

  listUnannounced(before: number, limit: number): JobRecord[] {
    return this.owed.all(before, limit).map(toJobRecord);
  }

  markAnnounced(id: string, attempt: number | undefined): void {
    this.settleOwed.run(id, attempt ?? null);
  }

  /** Reads only: whether its steps need not survive a power cut. Somebody who is called back will not ask again. */
  isTransient(id: string): boolean {
    const row = this.promises.get(id);
    return row?.['transient'] === 1 && row['announce'] === 0;
  }

  /** What it deleted. */
  deleteEnded(before: number, limit: number, transientOnly: boolean, now: number): JobRecord[] {
    this.forgetOldKeys.run(now - IDEMPOTENCY_KEPT_MS);
    const jobs = this.ended.all(before, limit, transientOnly ? 1 : 0).map(toJobRecord);
    for (const { id } of jobs) for (const deletion of this.deletions) deletion.run(id);
    return jobs;
  }

  /** Reads only: a number that is another one after each change; undefined when there is no such job. */
  changeNumber(id: string): number | undefined {
    return this.changes.get(id)?.['changed'] as number | undefined;
  }
}
