/**
 * The one error class of Quarry. A kind exists only where some caller acts differently on it; everything finer is the
 * `code`, a stable snake_case word that clients may match on. Messages are lower-case, carry the offending value and
 * say the way out.
 */
export type ErrorKind =
  /** The request can never succeed as it stands: tell the caller what is wrong, do not retry. */
  | 'invalid'
  /** The named thing does not exist (or the caller may not know that it does): do not retry. */
  | 'not-found'
  /** Nobody we know is asking: send valid credentials, then try again. */
  | 'unauthenticated'
  /** The one who asks may not do this, whatever it is done to: ask somebody for the right, do not retry. */
  | 'forbidden'
  /** Somebody else changed the thing first: reload and try again, or tell the caller. */
  | 'conflict'
  /** A dependency is out of reach: retry with backoff. */
  | 'unavailable'
  /** The time allowed is over; the work may or may not have happened: retry only what is idempotent. */
  | 'timeout'
  /** We are asked for more than we can do now: retry later, slower. */
  | 'overloaded'
  /** Stored bytes are not what was written: never retry, count the shard as failed, alert. */
  | 'corrupt'
  /** Asked to stop: no retry, no alert. */
  | 'cancelled'
  /** A bug of ours: log with stack, retry a bounded number of times, then dead-letter. */
  | 'internal';

const BRAND = Symbol.for('quarry.error');

export interface ErrorOptions {
  /** Stable, snake_case; clients match on it. Defaults to the kind. */
  code?: string;
  cause?: unknown;
  /** Machine-readable facts: the offending value, the field, the limit. */
  details?: Record<string, unknown>;
}

export class QuarryError extends Error {
  override readonly name = 'QuarryError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    super(shortened(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = options.code ?? kind.replace('-', '_');
    this.details = Object.fromEntries(
      Object.entries(options.details ?? {}).map(([name, value]) => [
        name,
        typeof value === 'string' ? shortened(value) : value,
      ]),
    );
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** A message repeats what a client sent, and that may be a megabyte; no name of ours and no way out is this long. */
const MAX_MESSAGE = 2_000;
const MAX_MESSAGE_END = 500;

/** Without its middle: the place stands at the beginning, the way out at the end. */
const shortened = (message: string): string =>
  message.length <= MAX_MESSAGE
    ? message
    : `${message.slice(0, MAX_MESSAGE - MAX_MESSAGE_END - 1)}…${message.slice(-MAX_MESSAGE_END)}`;

/** Recognises by brand, not by `instanceof`: an error may come from another realm or another copy of this module. */
export function isQuarryError(error: unknown): error is QuarryError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
}

/** The kind of any thrown value; what is not ours is `internal`. */
export function kindOf(error: unknown): ErrorKind {
  return isQuarryError(error) ? error.kind : 'internal';
}

/** Any thrown value as a QuarryError; what is not ours is wrapped as `internal` with its cause kept. */
export function asQuarryError(error: unknown): QuarryError {
  if (isQuarryError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new QuarryError('internal', message, { cause: error });
}

/** The form in which an error crosses a process border: in messages, job records and results. */
export interface ErrorRecord {
  kind: ErrorKind;
  code: string;
  message: string;
  details?: Record<string, unknown>;
}

export function toErrorRecord(error: unknown): ErrorRecord {
  const { kind, code, message, details } = asQuarryError(error);
  return Object.keys(details).length > 0 ? { kind, code, message, details } : { kind, code, message };
}

export function fromErrorRecord(record: ErrorRecord): QuarryError {
  return new QuarryError(record.kind, record.message, { code: record.code, details: record.details ?? {} });
}

export const invalid = (code: string, message: string, details?: Record<string, unknown>): QuarryError =>
  new QuarryError('invalid', message, { code, ...(details && { details }) });

export const notFound = (code: string, message: string, details?: Record<string, unknown>): QuarryError =>
  new QuarryError('not-found', message, { code, ...(details && { details }) });

export const unauthenticated = (code: string, message: string, details?: Record<string, unknown>): QuarryError =>
  new QuarryError('unauthenticated', message, { code, ...(details && { details }) });

export const forbidden = (code: string, message: string, details?: Record<string, unknown>): QuarryError =>
  new QuarryError('forbidden', message, { code, ...(details && { details }) });

export const unavailable = (code: string, message: string, details?: Record<string, unknown>): QuarryError =>
  new QuarryError('unavailable', message, { code, ...(details && { details }) });

export const corrupt = (message: string, details?: Record<string, unknown>): QuarryError =>
  new QuarryError('corrupt', message, { code: 'corrupt', ...(details && { details }) });

/** Throws `internal` when an invariant does not hold; `invariant` is its id in docs/INVARIANTS.md, or a sentence. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new QuarryError('internal', `invariant broken: ${invariant}`, { code: 'invariant' });
}
