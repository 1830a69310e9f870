import type { StatementSync } from 'node:sqlite';
import { PLANNABLE_STATES } from '../job-rules.ts';
import type { JobPlan, JobState, StoredPartial, TaskProgress } from '../job-store.ts';
import { fromColumn, toColumn } from './job-row.ts';
import type { SqliteFile } from '#libs/sqlite';

/** Plans, partials and progress of tasks as SQL, with the counts of them in the job's record. Call as JobTable. */
export class TaskTable {
  private readonly jobOf: StatementSync;
  private readonly hasPartial: StatementSync;
  private readonly planOf: StatementSync;
  private readonly insertPlan: StatementSync;
  private readonly startJob: StatementSync;
  private readonly insertPartial: StatementSync;
  private readonly countPartial: StatementSync;
  private readonly partialsOf: StatementSync;
  private readonly recordedOf: StatementSync;
  private readonly forgetPartial: StatementSync;
  private readonly progressOf: StatementSync;
  private readonly putProgress: StatementSync;
  private readonly addWork: StatementSync;

  constructor(file: SqliteFile) {
    this.jobOf = file.prepare('SELECT state, finished_at, attempt, total, done FROM job WHERE id = ?');
    this.hasPartial = file.prepare('SELECT 1 FROM partial WHERE job = ? AND task = ?');
    this.planOf = file.prepare('SELECT shared, tasks FROM plan WHERE job = ?');
    this.insertPlan = file.prepare('INSERT INTO plan VALUES (?, ?, ?)');
    this.startJob = file.prepare(
      `UPDATE job SET state = 'running', total = ?2, started_at = coalesce(started_at, ?3), touched_at = ?3,
         due_at = NULL, changed = changed + 1 WHERE id = ?1`,
    );
    this.insertPartial = file.prepare('INSERT INTO partial VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.countPartial = file.prepare(
      `UPDATE job SET done = done + 1, failed = failed + ?2, touched_at = ?3, due_at = NULL, changed = changed + 1
       WHERE id = ?1`,
    );
    this.partialsOf = file.prepare('SELECT task, failed, body FROM partial WHERE job = ? ORDER BY task');
    this.recordedOf = file.prepare('SELECT task FROM partial WHERE job = ? ORDER BY task');
    this.forgetPartial = file.prepare('DELETE FROM partial WHERE job = ? AND task = ? RETURNING failed');
    this.progressOf = file.prepare(
      'SELECT done_bytes, total_bytes, documents FROM task_progress WHERE job = ? AND task = ?',
    );
    this.putProgress = file.prepare('INSERT OR REPLACE INTO task_progress VALUES (?, ?, ?, ?, ?)');
    this.addWork = file.prepare(
      `UPDATE job SET work_done_bytes = work_done_bytes + ?2, work_total_bytes = work_total_bytes + ?3,
         work_documents = work_documents + ?4, touched_at = max(?5, coalesce(due_at, ?5)), changed = changed + 1 WHERE id = ?1`,
    );
  }

  recordPlan(id: string, plan: JobPlan, now: number): { plan: JobPlan; isNew: boolean } | undefined {
    const job = this.jobOf.get(id);
    if (!job || !PLANNABLE_STATES.includes(job['state'] as JobState)) return undefined;
    const first = this.getPlan(id);
    if (first) return { plan: first, isNew: false };
    this.insertPlan.run(id, toColumn(plan.shared), toColumn(plan.tasks));
    this.startJob.run(id, plan.tasks.length, now);
    return { plan, isNew: true };
  }

  getPlan(id: string): JobPlan | undefined {
    const row = this.planOf.get(id);
    return row && { shared: fromColumn(row['shared']), tasks: fromColumn(row['tasks']) as unknown[] };
  }

  recordPartial(
    id: string,
    task: number,
    partial: StoredPartial,
    attempt: number | undefined,
    now: number,
  ): { recorded: boolean; remaining: number } {
    const job = this.jobOf.get(id);
    if (!job) return { recorded: false, remaining: 0 };
    const total = job['total'] as number;
    const remaining = total - (job['done'] as number);
    // Without a plan the total is 0 and no task is in range.
    const isLate = attempt !== undefined && attempt !== job['attempt'];
    if (isLate || job['finished_at'] !== null || !Number.isInteger(task) || task < 0 || task >= total) {
      return { recorded: false, remaining };
    }
    const failed = partial.failed ? 1 : 0;
    if (this.insertPartial.run(id, task, failed, toColumn(partial.body)).changes === 0) {
      return { recorded: false, remaining };
    }
    this.countPartial.run(id, failed, now);
    return { recorded: true, remaining: remaining - 1 };
  }

  /** Reads only. */
  state(id: string, task: number): { recorded: boolean; remaining: number } {
    const job = this.jobOf.get(id);
    if (!job) return { recorded: false, remaining: 0 };
    const recorded = this.hasPartial.get(id, task) !== undefined;
    return { recorded, remaining: (job['total'] as number) - (job['done'] as number) };
  }

  partials(id: string): Map<number, StoredPartial> {
    return new Map(
      this.partialsOf
        .all(id)
        .map((row) => [row['task'] as number, { body: fromColumn(row['body']), failed: row['failed'] === 1 }]),
    );
  }

  /** Reads only. */
  recorded(id: string): number[] {
    return this.recordedOf.all(id).map((row) => row['task'] as number);
  }

  forgetPartials(id: string, tasks: readonly number[]): { done: number; failed: number } {
    const forgotten = { done: 0, failed: 0 };
    for (const task of tasks) {
      const row = this.forgetPartial.get(id, task);
      if (!row) continue;
      forgotten.done++;
      forgotten.failed += row['failed'] as number;
    }
    return forgotten;
  }

  /** False, and nothing happens, when the job is terminal or unknown. */
  reportProgress(id: string, task: number, progress: TaskProgress, now: number): boolean {
    const job = this.jobOf.get(id);
    if (!job || job['finished_at'] !== null) return false;
    const before = this.progressOf.get(id, task);
    const { doneBytes, totalBytes, documents } = progress;
    this.putProgress.run(id, task, doneBytes, totalBytes, documents);
    const was = (column: string): number => (before?.[column] as number | undefined) ?? 0;
    this.addWork.run(
      id,
      doneBytes - was('done_bytes'),
      totalBytes - was('total_bytes'),
      documents - was('documents'),
      now,
    );
    return true;
  }
}
