import { ErrorCode } from 'bullmq';
import { QuarryError, unavailable } from '#libs/kernel';
import { translateRedisError } from '#libs/redis';

/** Any error of bullmq or ioredis in the words of the port. */
export function brokerError(error: unknown, at: string): QuarryError {
  // EXECABORT: a command of a MULTI was refused, so none was carried out. The refusal is what matters.
  const [refusal] = (error as { previousErrors?: unknown[] } | null)?.previousErrors ?? [];
  const translated = translateRedisError(refusal ?? error, 'broker_unavailable', at);
  const code = PORT_CODES[translated.code];
  if (code === undefined) return translated;
  const { kind, message, cause, details } = translated;
  return new QuarryError(kind, message, { code, cause, details });
}

const PORT_CODES: Record<string, string | undefined> = {
  redis_unavailable: 'broker_unavailable',
  redis_full: 'broker_full',
};

export const brokerClosed = (at: string): QuarryError =>
  unavailable('broker_unavailable', `the broker on ${at} is closed`);

/** Codes of bullmq's scripts for a job that this process no longer holds. */
const LOST = new Set<unknown>([
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobNotInState,
  ErrorCode.JobLockMismatch,
]);

/** Whether bullmq refused because the job is not (or no longer) ours to move. */
export const isLost = (error: unknown): boolean => LOST.has((error as { code?: unknown } | null)?.code);
