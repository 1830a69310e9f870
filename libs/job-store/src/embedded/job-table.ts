import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteFile } from '#libs/sqlite';
import { IDEMPOTENCY_KEPT_MS, idempotencyKeyReused, jobIdTaken, REOPENABLE_STATES } from '../job-rules.ts';
import {
  isTerminal,
  type IdempotencyKey,
  type JobFilter,
  type JobRecord,
  type JobState,
  type JobTransition,
  type NewJob,
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
  private readonly transientOf: StatementSync;
  private readonly rememberKey: StatementSync;
  private readonly insert: StatementSync;
  private readonly newest: StatementSync;
  private readonly move: StatementSync;
  private readonly back: StatementSync;
  private readonly stalled: StatementSync;
  private readonly touchOne: StatementSync;
  private readonly ended: StatementSync;
  private readonly deletions: StatementSync[];
  private readonly forgetOldKeys: StatementSync;
  private readonly changes: StatementSync;

  constructor(file: SqliteFile) {
    this.byId = file.prepare('SELECT * FROM job WHERE id = ?');
    this.byKey = file.prepare('SELECT fingerprint, job, created_at FROM idempotency WHERE tenant = ? AND key = ?');
    this.forgetKey = file.prepare('DELETE FROM idempotency WHERE tenant = ? AND key = ?');
    this.rememberKey = file.prepare('INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)');
    this.insert = file.prepare(
      `INSERT INTO job (id, kind, tenant, index_name, spec, priority, expires_at, transient, state, attempt, created_at, touched_at,
         total, done, failed, work_done_bytes, work_total_bytes, work_documents, changed)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?9, 'queued', 1, ?8, ?8, 0, 0, 0, 0, 0, 0, 0)
       RETURNING *`,
    );
    this.newest = file.prepare(
      `SELECT * FROM job
       WHERE tenant = ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR index_name = ?4)
         AND (?5 IS NULL OR id < ?5)
       ORDER BY id DESC LIMIT ?6`,
    );
    this.move = file.prepare(
      `UPDATE job SET state = ?2, finished_at = ?3, touched_at = ?4, changed = changed + 1,
         started_at = CASE WHEN ?5 THEN coalesce(started_at, ?4) ELSE started_at END,
         result = coalesce(?6, result), coverage = coalesce(?7, coverage), error = coalesce(?8, error),
         receipt = coalesce(?9, receipt)
       WHERE id = ?1 RETURNING *`,
    );
    this.back = file.prepare(
      `UPDATE job SET state = CASE WHEN EXISTS (SELECT 1 FROM plan WHERE plan.job = job.id) THEN 'running' ELSE 'queued' END,
         expires_at = ?2 + (expires_at - created_at), attempt = attempt + 1, finished_at = NULL, touched_at = ?2, changed = changed + 1,
         started_at = coalesce(started_at, ?2), result = NULL, coverage = NULL, error = NULL, receipt = NULL,
         done = done - ?3, failed = failed - ?4
       WHERE id = ?1 RETURNING *`,
    );
    this.stalled = file.prepare(
      'SELECT * FROM job WHERE finished_at IS NULL AND touched_at < ? ORDER BY touched_at, id LIMIT ?',
    );
    this.touchOne = file.prepare('UPDATE job SET touched_at = ? WHERE id = ? AND finished_at IS NULL');
    this.ended = file.prepare(
      `SELECT * FROM job WHERE finished_at IS NOT NULL AND finished_at < ?1 AND transient >= ?3
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
    this.transientOf = file.prepare('SELECT transient FROM job WHERE id = ?');
    this.changes = file.prepare('SELECT changed FROM job WHERE id = ?');
  }

  create(job: NewJob, now: number): { created: boolean; job: JobRecord } {
    const earlier = this.earlier(job, now);
    if (earlier) return { created: false, job: earlier };
    if (job.idempotency) {
      const { key, fingerprint } = job.idempotency;
      this.rememberKey.run(job.tenant, key, fingerprint, job.id, now);
    }
    const { id, kind, tenant, index, spec, priority = null, expiresAt = null } = job;
    const row = this.insert.get(
      id,
      kind,
      tenant,
      index,
      toColumn(spec),
      priority,
      expiresAt,
      now,
      job.transient ? 1 : 0,
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
    const { tenant, kind = null, state = null, index = null } = filter;
    return this.newest.all(tenant, kind, state, index, page.after ?? null, page.limit).map(toJobRecord);
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

  /** `forgotten`: how many partials were taken from it, and how many of these reported a failure. */
  reopen(id: string, forgotten: { done: number; failed: number }, now: number): JobRecord {
    return toJobRecord(this.back.get(id, now, forgotten.done, forgotten.failed)!);
  }

  /** Reads only. */
  mayReopen(id: string): boolean {
    return REOPENABLE_STATES.includes(this.byId.get(id)?.['state'] as JobState);
  }

  listStalled(before: number, limit: number): JobRecord[] {
    return this.stalled.all(before, limit).map(toJobRecord);
  }

  touch(id: string, now: number): void {
    this.touchOne.run(now, id);
  }

  isTransient(id: string): boolean {
    return this.transientOf.get(id)?.['transient'] === 1;
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
