import { invalid, isQuarryError, QuarryError } from '#libs/kernel';

export const errnoOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** The path does not lead to anything: it does not exist, or it leads through a file. */
export const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');

/** An error of node:fs in the port's terms. What is absent is the caller's to judge: here it is `unavailable`. */
export function fromFileSystem(error: unknown, key: string): QuarryError {
  if (isQuarryError(error)) return error;
  const errno = errnoOf(error);
  const details = { key, errno };
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new QuarryError('unavailable', `the disk is full: "${key}" was not written; free some space`, {
        code: 'disk_full',
        cause: error,
        details,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new QuarryError('invalid', `the file system does not allow access to "${key}" (${errno})`, {
        code: 'access_denied',
        cause: error,
        details,
      });
    case 'ENAMETOOLONG':
      return invalid('bad_key', `the key "${key}" has a segment that is too long for the file system`, details);
    default:
      return new QuarryError(
        'unavailable',
        `the file system failed on "${key}": ${error instanceof Error ? error.message : String(error)}`,
        { code: 'store_unavailable', cause: error, details },
      );
  }
}
