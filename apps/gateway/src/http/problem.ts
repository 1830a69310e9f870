import { STATUS_CODES } from 'node:http';
import { asQuarryError, type ErrorKind, type QuarryError } from '#libs/kernel';

/** RFC 9457 problem details, with the stable `code` that clients match on. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly [extension: string]: unknown;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** The table error kind → HTTP status. */
const STATUS_BY_KIND: Record<ErrorKind, number> = {
  invalid: 400,
  'not-found': 404,
  unauthenticated: 401,
  forbidden: 403,
  conflict: 409,
  unavailable: 503,
  timeout: 504,
  overloaded: 503,
  corrupt: 500,
  cancelled: 409,
  internal: 500,
};

/** Codes whose status is finer than their kind's. */
const STATUS_BY_CODE: Record<string, number> = {
  body_too_large: 413,
  unsupported_media_type: 415,
  unsupported_content_encoding: 415,
  idempotency_key_reused: 422,
  disk_full: 507,
  access_denied: 403,
  method_not_allowed: 405,
};

export function problemOf(error: unknown): Problem {
  const failure = asQuarryError(error);
  const status = STATUS_BY_CODE[failure.code] ?? STATUS_BY_KIND[failure.kind];
  return {
    ...publicDetails(failure),
    type: `urn:quarry:problem:${failure.code}`,
    title: titleOf(failure, status),
    status,
    detail: publicMessage(failure),
    code: failure.code,
  };
}

/** Where our own store keeps things is for the log, not for the client. */
const publicDetails = ({ kind, code, details }: QuarryError): Record<string, unknown> => {
  if (kind === 'internal' || code === 'object_not_found') return {};
  const { key: _, ...others } = details;
  return kind === 'corrupt' ? others : details;
};

/** What went wrong inside, likewise. */
function publicMessage({ kind, code, message }: QuarryError): string {
  if (kind === 'internal') return 'something went wrong inside; the log says more';
  return code === 'object_not_found' ? 'a stored object that this needs is gone' : message;
}

export const titleOf = (failure: Pick<QuarryError, 'code'>, status?: number): string => {
  const words = failure.code.replaceAll('_', ' ');
  return words === 'internal' && status !== undefined ? (STATUS_CODES[status] ?? words) : words;
};

/** Seconds after which it is worth trying again; undefined where it is not. */
export const retryAfterSeconds = (problem: Problem): number | undefined => (problem.status === 503 ? 1 : undefined);
