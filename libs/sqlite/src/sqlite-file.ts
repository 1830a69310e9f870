import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { jitteredBackoffMs, QuarryError, yieldToEventLoop, type Clock, type Random } from '#libs/kernel';
import { isBusy, translateSqliteError } from './sqlite-error.ts';

/**
 * What a write must survive once its promise has resolved.
 * - `power-loss`: the write-ahead log is fsynced (SQLite's synchronous=FULL). For all that was promised to somebody.
 * - `process-death`: the log is written but not fsynced (synchronous=NORMAL): a kill -9 loses nothing, a power cut may
 *   take back the last such writes, always a suffix of the history and never a part of a transaction. For what is
 *   simply done again: claims, heartbeats, acknowledgements, progress.
 * The log is sequential, so a `power-loss` write makes every earlier write as durable as itself.
 */
export type Durability = 'power-loss' | 'process-death';

export interface SqliteFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Tells the files of different owners apart; see https://sqlite.org/pragma.html#pragma_application_id */
  readonly applicationId: number;
  readonly schemaVersion: number;
  /** DDL that makes version `schemaVersion` from an empty file. */
  readonly schema: string;
  /** By version: DDL that makes the next version of it. A file older than the first of them is not read. */
  readonly migrations?: Readonly<Record<number, string>>;
  /** Code of the `unavailable` errors. */
  readonly unavailableCode: string;
  /** How long a write waits for other processes before it is `unavailable`. */
  readonly patienceMs?: number;
}

/** SQLite's own waiting blocks the event loop, so it is short; beyond it we wait asynchronously, with jitter. */
const BUSY_BLOCK_MS = 4;
const BUSY_BACKOFF_BASE_MS = 1;
const BUSY_BACKOFF_MAX_MS = 40;
const PATIENCE_MS = 10_000;
/** Bounds how long one transaction keeps other processes waiting; 128 small writes take about 2 ms. */
const MAX_BATCH = 128;

interface Write {
  readonly durability: Durability;
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One SQLite database in WAL mode that several processes may have open. Writes that are asked for in the same turn of
 * the event loop share one transaction and so one fsync (0.28 ms here); each still succeeds or fails alone.
 */
export class SqliteFile {
  readonly path: string;
  private readonly options: SqliteFileOptions;
  private readonly database: DatabaseSync;
  private readonly begin: StatementSync;
  private readonly commit: StatementSync;
  private readonly dataVersion: StatementSync;
  private seenDataVersion: unknown;
  private synchronous: Durability = 'power-loss';
  private queue: Write[] = [];
  private draining: Promise<void> | undefined;
  private closed = false;

  private constructor(options: SqliteFileOptions, database: DatabaseSync) {
    this.options = options;
    this.path = options.path;
    this.database = database;
    this.begin = database.prepare('BEGIN IMMEDIATE');
    this.commit = database.prepare('COMMIT');
    this.dataVersion = database.prepare('PRAGMA data_version');
    this.seenDataVersion = this.readDataVersion();
  }

  /**
   * Opens the file, or makes it with its folder. Throws `corrupt` for a file that is not a database, `invalid`
   * (`wrong_file`, `newer_schema`, `older_schema`) for one that is not ours to read, `unavailable` when it cannot be
   * opened. A file of an earlier version is brought to this one.
   */
  static async open(options: SqliteFileOptions): Promise<SqliteFile> {
    const patience = options.clock.monotonic() + (options.patienceMs ?? PATIENCE_MS);
    for (let attempt = 0; ; attempt++) {
      let database: DatabaseSync | undefined;
      try {
        mkdirSync(dirname(options.path), { recursive: true });
        database = new DatabaseSync(options.path, { timeout: BUSY_BLOCK_MS });
        prepareDatabase(database, options);
        return new SqliteFile(options, database);
      } catch (error) {
        database?.close();
        // Two processes that make the same new file wait for each other here.
        if (!isBusy(error) || options.clock.monotonic() >= patience) throw translateSqliteError(error, options);
        await options.clock.sleep(busyDelayMs(options, attempt));
      }
    }
  }

  /** The statement lives as long as the file. Run it only within `read` or `write`. */
  prepare(sql: string): StatementSync {
    return this.database.prepare(sql);
  }

  /** Runs `work` on what is committed. `work` must be repeatable: it runs again when another process was in the way. */
  async read<T>(work: () => T): Promise<T> {
    const patience = this.patience();
    for (let attempt = 0; ; attempt++) {
      this.mustBeOpen();
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || this.options.clock.monotonic() >= patience) {
          throw translateSqliteError(error, this.options);
        }
        await this.options.clock.sleep(busyDelayMs(this.options, attempt));
      }
    }
  }

  /**
   * Runs `work` within a transaction, soon; resolves with its value once it is as durable as asked. When `work` throws
   * nothing of it stays. `work` must be repeatable and change nothing but the database: a transaction that it shares
   * with a failing neighbour is run again.
   */
  write<T>(durability: Durability, work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.mustBeOpen();
      this.queue.push({ durability, work, resolve, reject });
      this.draining ??= this.drain();
    });
  }

  /** Whether another connection has committed something since the last call. Costs a few µs. */
  changedElsewhere(): boolean {
    const version = this.readDataVersion();
    if (version === this.seenDataVersion) return false;
    this.seenDataVersion = version;
    return true;
  }

  /** Finishes the writes under way. Afterwards every call is `unavailable`. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.draining;
    this.database.close();
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      // Whoever else has something to write in this turn gets into the same transaction.
      await yieldToEventLoop();
      await this.transact(this.queue.splice(0, MAX_BATCH));
    }
    this.draining = undefined;
  }

  private async transact(batch: readonly Write[]): Promise<void> {
    const values: unknown[] = [];
    try {
      await this.lock(batch.some((write) => write.durability === 'power-loss') ? 'power-loss' : 'process-death');
    } catch (error) {
      for (const write of batch) write.reject(translateSqliteError(error, this.options));
      return;
    }
    try {
      for (const write of batch) values.push(write.work());
      this.commit.run();
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      if (batch.length > 1) for (const write of batch) await this.transact([write]);
      else batch[0]!.reject(translateSqliteError(error, this.options));
      return;
    }
    for (const [index, write] of batch.entries()) write.resolve(values[index] as never);
  }

  private async lock(durability: Durability): Promise<void> {
    if (durability !== this.synchronous) {
      this.database.exec(durability === 'power-loss' ? 'PRAGMA synchronous=FULL' : 'PRAGMA synchronous=NORMAL');
      this.synchronous = durability;
    }
    const patience = this.patience();
    for (let attempt = 0; ; attempt++) {
      try {
        this.begin.run();
        return;
      } catch (error) {
        if (!isBusy(error) || this.options.clock.monotonic() >= patience) throw error;
      }
      await this.options.clock.sleep(busyDelayMs(this.options, attempt));
    }
  }

  private readDataVersion(): unknown {
    return this.dataVersion.get()?.['data_version'];
  }

  private patience(): number {
    return this.options.clock.monotonic() + (this.options.patienceMs ?? PATIENCE_MS);
  }

  private mustBeOpen(): void {
    if (!this.closed) return;
    throw new QuarryError('unavailable', `${this.path} is closed`, { code: this.options.unavailableCode });
  }
}

function busyDelayMs(options: SqliteFileOptions, attempt: number): number {
  return BUSY_BACKOFF_BASE_MS + jitteredBackoffMs(options.random, attempt, BUSY_BACKOFF_BASE_MS, BUSY_BACKOFF_MAX_MS);
}

function prepareDatabase(database: DatabaseSync, options: SqliteFileOptions): void {
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (Number(pragma('user_version')) === 0 && Number(pragma('application_id')) === 0) {
    // Once in WAL mode a file stays so; the mode is an attribute of the file.
    const mode = pragma('journal_mode=WAL');
    if (mode !== 'wal') {
      throw new QuarryError('unavailable', `${options.path}: the file system does not allow a write-ahead log`, {
        code: options.unavailableCode,
        details: { path: options.path, journalMode: mode },
      });
    }
    database.exec('BEGIN IMMEDIATE');
    // Not empty: another process was faster, or the file is a stranger's.
    const empty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    if (empty) {
      database.exec(options.schema);
      database.exec(`PRAGMA application_id=${options.applicationId}`);
      database.exec(`PRAGMA user_version=${options.schemaVersion}`);
    }
    database.exec('COMMIT');
  }
  if (Number(pragma('application_id')) !== options.applicationId) {
    throw new QuarryError('invalid', `${options.path} belongs to another program; choose another path`, {
      code: 'wrong_file',
      details: { path: options.path },
    });
  }
  if (Number(pragma('user_version')) < options.schemaVersion) migrate(database, options);
  const version = Number(pragma('user_version'));
  if (version !== options.schemaVersion) {
    throw new QuarryError(
      'invalid',
      `${options.path} has schema version ${version}, this program reads ${options.schemaVersion}; start the newer program, or move the file away`,
      { code: 'newer_schema', details: { path: options.path, version, supported: options.schemaVersion } },
    );
  }
  database.exec('PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;');
}

/** All steps in one transaction: a process that dies on the way leaves the file as it was. */
function migrate(database: DatabaseSync, options: SqliteFileOptions): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Read under the lock: another process may have been faster.
    const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    for (let version = found; version < options.schemaVersion; version++) {
      const step = options.migrations?.[version];
      if (step === undefined) {
        throw new QuarryError(
          'invalid',
          `${options.path} has schema version ${found}, which this program no longer reads; start an earlier program, or move the file away`,
          { code: 'older_schema', details: { path: options.path, version: found, supported: options.schemaVersion } },
        );
      }
      database.exec(step);
      database.exec(`PRAGMA user_version=${version + 1}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
