import type { SQLOutputValue } from 'node:sqlite';
import type { ErrorRecord } from '#libs/kernel';
import type { JobRecord, JobState, Try } from '../job-store.ts';

export type Row = Record<string, SQLOutputValue>;

/** JSON text for a column; undefined becomes NULL, which JSON's null does not. */
export const toColumn = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

export const fromColumn = (column: SQLOutputValue | undefined): unknown =>
  typeof column === 'string' ? JSON.parse(column) : undefined;

const optional = <T>(key: string, value: T | null | undefined): Record<string, T> =>
  value === null || value === undefined ? {} : { [key]: value };

/** Fields without a value are absent, not undefined. */
export function toJobRecord(row: Row): JobRecord {
  const number = (column: string): number => row[column] as number;
  return {
    id: row['id'] as string,
    kind: row['kind'] as string,
    tenant: row['tenant'] as string,
    index: row['index_name'] as string,
    spec: fromColumn(row['spec']),
    ...optional('priority', row['priority']),
    ...(row['transient'] === 1 && { transient: true as const }),
    ...optional('expiresAt', row['expires_at']),
    ...optional('subject', row['subject']),
    ...(row['callback'] !== null && { callback: fromColumn(row['callback']) }),
    ...(row['announce'] === 1 && { announce: true as const }),
    state: row['state'] as JobState,
    attempt: number('attempt'),
    createdAt: number('created_at'),
    ...optional('startedAt', row['started_at']),
    ...optional('finishedAt', row['finished_at']),
    touchedAt: number('touched_at'),
    progress: { total: number('total'), done: number('done'), failed: number('failed') },
    work: {
      doneBytes: number('work_done_bytes'),
      totalBytes: number('work_total_bytes'),
      documents: number('work_documents'),
    },
    ...(row['tries'] !== null && { tries: fromColumn(row['tries']) as Try[] }),
    ...optional('dueAt', row['due_at']),
    ...(row['result'] !== null && { result: fromColumn(row['result']) }),
    ...optional('coverage', row['coverage']),
    ...(row['error'] !== null && { error: fromColumn(row['error']) as ErrorRecord }),
    ...(row['receipt'] !== null && { receipt: fromColumn(row['receipt']) }),
  };
}
