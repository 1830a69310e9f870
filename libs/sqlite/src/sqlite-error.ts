import { isQuarryError, QuarryError } from '#libs/kernel';

/** Primary result codes, the low byte of the extended ones: https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** Growing the shared-memory index failed: in practice a full disk too. */
const SQLITE_IOERR_SHMSIZE = 4874;

/** Reaching the environment of the file failed, not the statement: worth another try later. */
const OUT_OF_REACH = new Set([
  SQLITE_BUSY,
  SQLITE_LOCKED,
  /* PERM */ 3,
  /* READONLY */ 8,
  /* IOERR */ 10,
  /* CANTOPEN */ 14,
]);

const resultCode = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : undefined;
};

/** Another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && ((code & 0xff) === SQLITE_BUSY || (code & 0xff) === SQLITE_LOCKED);
}

/** Whatever opening or using the file threw, as a QuarryError that names the file. */
export function translateSqliteError(error: unknown, file: { path: string; unavailableCode: string }): QuarryError {
  if (isQuarryError(error)) return error;
  const message = `${file.path}: ${error instanceof Error ? error.message : String(error)}`;
  const details = { path: file.path };
  const system = (error as NodeJS.ErrnoException | null)?.code;
  const code = resultCode(error);
  const primary = code === undefined ? undefined : code & 0xff;
  if (primary === SQLITE_FULL || code === SQLITE_IOERR_SHMSIZE || system === 'ENOSPC') {
    return new QuarryError('overloaded', `${message}; free some space`, { code: 'disk_full', cause: error, details });
  }
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) {
    return new QuarryError('corrupt', `${message}; move the file away to start afresh`, {
      code: 'corrupt',
      cause: error,
      details,
    });
  }
  const fileSystem = primary === undefined && system !== undefined && /^E[A-Z]+$/.test(system);
  if (fileSystem || (primary !== undefined && OUT_OF_REACH.has(primary))) {
    return new QuarryError('unavailable', message, { code: file.unavailableCode, cause: error, details });
  }
  return new QuarryError('internal', message, { cause: error, details });
}
