import type { JobEnd } from '../job-store.ts';

/**
 * How a process is told that a job it expects has ended. Lines, of which a missing value's is empty: `<id> <state> <startedAt>
 * <finishedAt>`, coverage, result, receipt, error; the latter three as JSON, which has no line breaks.
 */
export function writeEndedMessage(id: string, end: JobEnd): string {
  const { state, startedAt, finishedAt, coverage, result, receipt, error } = end;
  const values = [coverage, result, receipt, error].map((value) => (value === undefined ? '' : JSON.stringify(value)));
  return [`${id} ${state} ${startedAt} ${finishedAt}`, ...values].join('\n');
}

/** Without the end when the message is not understood, as one of another version may be: then it has to be read. */
export function readEndedMessage(message: string): { readonly id: string; readonly end?: JobEnd } {
  const [head = '', ...values] = message.split('\n');
  const [id = '', state, startedAt, finishedAt] = head.split(' ');
  if (finishedAt === undefined || values.length !== NAMES.length) return { id };
  const end: Record<string, unknown> = { state, startedAt: +startedAt!, finishedAt: +finishedAt };
  try {
    for (const [i, name] of NAMES.entries()) if (values[i] !== '') end[name] = JSON.parse(values[i]!);
  } catch {
    return { id };
  }
  return { id, end: end as unknown as JobEnd };
}

const NAMES = ['coverage', 'result', 'receipt', 'error'] as const;
