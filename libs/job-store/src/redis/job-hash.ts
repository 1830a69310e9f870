import type { ErrorRecord } from '#libs/kernel';
import type { JobRecord, JobState, JobTransition, NewJob, Try, WholeJob } from '../job-store.ts';

/** What HGETALL gives. */
export type Fields = Readonly<Record<string, string>>;

/** The reply of a script that returns HGETALL: names and values in turn. */
export function toFields(flat: readonly string[]): Fields {
  const fields: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
  return fields;
}

/** Beside the record's own fields: which idempotency key names the job. */
export interface KeyOfJob {
  readonly key: string;
  readonly fingerprint: string;
}

/**
 * The fields of a job's hash, names and values in turn. Each field of the record is one, under its own name; objects are
 * JSON, and `progress` and `work` are split so that scripts can count. What scripts decide by (state, attempt, times,
 * transient, announce, and what `list` filters by) is plain text.
 */
export function newJobFields(job: NewJob, now: number, idempotency?: KeyOfJob): string[] {
  const fields = askedFields(job, idempotency);
  fields.push('state', 'queued', 'attempt', '1', 'createdAt', String(job.createdAt ?? now), 'touchedAt', String(now));
  fields.push('total', '0', 'done', '0', 'failed', '0');
  return fields;
}

/** Of a job that is over when its record is made. */
export function wholeJobFields(job: WholeJob, to: JobTransition, now: number): string[] {
  const fields = [...askedFields(job), ...transitionFields(to)];
  fields.push('attempt', '1', 'createdAt', String(job.createdAt), 'startedAt', String(job.startedAt));
  fields.push('finishedAt', String(now), 'touchedAt', String(now), 'total', '1', 'done', '1', 'failed', '0');
  return fields;
}

function askedFields(job: NewJob, idempotency?: KeyOfJob): string[] {
  const fields = ['tenant', job.tenant, 'kind', job.kind, 'index', job.index];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) fields.push(name, String(value));
  };
  add('spec', JSON.stringify(job.spec));
  add('priority', job.priority);
  add('transient', job.transient && '1');
  add('expiresAt', job.expiresAt);
  add('subject', job.subject);
  add('callback', JSON.stringify(job.callback));
  add('announce', job.announce && '1');
  add('idempotency', idempotency && JSON.stringify(idempotency));
  return fields;
}

export function transitionFields(to: JobTransition): string[] {
  const fields = ['state', to.state];
  for (const name of ['result', 'coverage', 'error', 'receipt'] as const) {
    const value = JSON.stringify(to[name]) as string | undefined;
    if (value !== undefined) fields.push(name, value);
  }
  return fields;
}

/** Fields without a value are absent, not undefined. */
export function toJobRecord(id: string, fields: Fields): JobRecord {
  const number = (name: string): number => Number(fields[name] ?? 0);
  const times = (name: string): Record<string, number> => (fields[name] === undefined ? {} : { [name]: number(name) });
  const json = (name: string): Record<string, unknown> =>
    fields[name] === undefined ? {} : { [name]: JSON.parse(fields[name]) };
  return {
    id,
    kind: fields['kind']!,
    tenant: fields['tenant']!,
    index: fields['index']!,
    spec: fields['spec'] === undefined ? undefined : JSON.parse(fields['spec']),
    ...times('priority'),
    ...(fields['transient'] !== undefined && { transient: true as const }),
    ...times('expiresAt'),
    ...(fields['subject'] !== undefined && { subject: fields['subject'] }),
    ...json('callback'),
    ...(fields['announce'] !== undefined && { announce: true as const }),
    state: fields['state'] as JobState,
    attempt: number('attempt'),
    createdAt: number('createdAt'),
    ...times('startedAt'),
    ...times('finishedAt'),
    touchedAt: number('touchedAt'),
    progress: { total: number('total'), done: number('done'), failed: number('failed') },
    work: { doneBytes: number('doneBytes'), totalBytes: number('totalBytes'), documents: number('documents') },
    ...(fields['tries'] !== undefined && { tries: triesIn(fields['tries']) }),
    ...times('dueAt'),
    ...json('result'),
    ...times('coverage'),
    ...(fields['error'] !== undefined && { error: JSON.parse(fields['error']) as ErrorRecord }),
    ...json('receipt'),
  };
}

/** One JSON text a line, which JSON.stringify never breaks: scripts append and drop without parsing. */
const triesIn = (lines: string): Try[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Try);

export const keyOfJob = (fields: Fields): KeyOfJob | undefined =>
  fields['idempotency'] === undefined ? undefined : (JSON.parse(fields['idempotency']) as KeyOfJob);
