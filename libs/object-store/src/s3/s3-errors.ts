import { type ErrorKind, isQuarryError, QuarryError } from '#libs/kernel';

/** What the SDK throws, as far as we look at it. */
interface ServiceError {
  readonly name?: string;
  readonly message?: string;
  /** Of Node's network errors. */
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** By the service's own name first (S3's error codes, which SDK, MinIO, RGW and R2 share); then by status. */
const BY_NAME: Record<string, readonly [ErrorKind, string]> = {
  NoSuchKey: ['not-found', 'object_not_found'],
  NotFound: ['not-found', 'object_not_found'],
  NoSuchBucket: ['invalid', 'bucket_not_found'],
  InvalidRange: ['invalid', 'bad_range'],
  KeyTooLongError: ['invalid', 'bad_key'],
  AccessDenied: ['invalid', 'access_denied'],
  InternalError: ['unavailable', 'store_unavailable'],
  ServiceUnavailable: ['overloaded', 'store_slow_down'],
  SlowDown: ['overloaded', 'store_slow_down'],
  TooManyRequests: ['overloaded', 'store_slow_down'],
  ThrottlingException: ['overloaded', 'store_slow_down'],
  RequestTimeout: ['timeout', 'timeout'],
  TimeoutError: ['timeout', 'timeout'],
  PermanentRedirect: ['invalid', 'wrong_region'],
  AuthorizationHeaderMalformed: ['invalid', 'wrong_region'],
  CredentialsProviderError: ['invalid', 'access_denied'],
  RequestTimeTooSkewed: ['unavailable', 'store_unavailable'],
  ConditionalRequestConflict: ['unavailable', 'store_unavailable'],
  XMinioStorageFull: ['unavailable', 'disk_full'],
  QuotaExceeded: ['unavailable', 'disk_full'],
};

const BY_STATUS: Record<number, readonly [ErrorKind, string]> = {
  301: ['invalid', 'wrong_region'],
  307: ['unavailable', 'store_unavailable'],
  401: ['invalid', 'access_denied'],
  403: ['invalid', 'access_denied'],
  404: ['not-found', 'object_not_found'],
  408: ['timeout', 'timeout'],
  409: ['unavailable', 'store_unavailable'],
  416: ['invalid', 'bad_range'],
  429: ['overloaded', 'store_slow_down'],
  503: ['overloaded', 'store_slow_down'],
  507: ['unavailable', 'disk_full'],
};

const WAYS_OUT: Record<string, string> = {
  access_denied: 'check the credentials and what their policy allows',
  bucket_not_found: 'make the bucket, or correct its name',
  wrong_region: 'set the region the bucket lives in (QUARRY_S3_REGION)',
  store_unavailable: 'check that the endpoint is reachable',
  store_slow_down: 'the store asks for fewer requests',
};

export const statusOf = (error: unknown): number | undefined =>
  (error as ServiceError | null)?.$metadata?.httpStatusCode;
export const nameOf = (error: unknown): string | undefined => (error as ServiceError | null)?.name;

/** An error of the SDK or of the network below it in the port's terms. `what` says what was being done. */
export function fromS3(error: unknown, what: string): QuarryError {
  if (isQuarryError(error)) return error;
  const service = error as ServiceError;
  const [kind, code] = classify(service);
  const said = service.message && service.message !== 'UnknownError' ? service.message : (service.name ?? '');
  const status = statusOf(error);
  const wayOut = WAYS_OUT[code];
  return new QuarryError(
    kind,
    `${what}: the store said ${status ?? ''} ${said}`.trimEnd() + (wayOut ? `; ${wayOut}` : ''),
    {
      code,
      cause: error,
      details: { name: service.name, ...(status !== undefined && { status }) },
    },
  );
}

function classify(error: ServiceError): readonly [ErrorKind, string] {
  // The SDK's HTTP handler calls these TimeoutError, too.
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return ['unavailable', 'store_unavailable'];
  const byName = BY_NAME[error.name ?? ''];
  if (byName) return byName;
  const status = error.$metadata?.httpStatusCode;
  if (error.code === 'ETIMEDOUT' || error.code === 'ESOCKETTIMEDOUT') return ['timeout', 'timeout'];
  if (status !== undefined) {
    const byStatus = BY_STATUS[status];
    if (byStatus) return byStatus;
    if (status >= 500) return ['unavailable', 'store_unavailable'];
    if (status >= 400) return ['invalid', 'store_rejected'];
  }
  // Node's network errors carry a code (ECONNRESET, ECONNREFUSED, EPIPE, ENOTFOUND, EAI_AGAIN, TLS …), bugs do not. An
  // answer that cannot be parsed (a proxy's page, a body cut short) is the store's failure as well.
  if (error.code !== undefined || status !== undefined) return ['unavailable', 'store_unavailable'];
  return ['internal', 'internal'];
}
