import { type ErrorKind, isQuarryError, QuarryError } from '#libs/kernel';

/** By the first word of a server's error. What is not here is a mistake of ours in a command: `internal`. */
const BY_WORD: Record<string, readonly [kind: ErrorKind, code: string | undefined, wayOut: string]> = {
  OOM: ['overloaded', 'redis_full', 'Redis has reached its maxmemory; give it more memory'],
  MISCONF: ['unavailable', undefined, 'Redis cannot write to its disk; see its log'],
  READONLY: ['unavailable', undefined, 'this Redis is a replica; a failover may be under way'],
  LOADING: ['unavailable', undefined, 'Redis is still loading its data'],
  BUSY: ['unavailable', undefined, 'a script keeps Redis busy'],
  CLUSTERDOWN: ['unavailable', undefined, 'the cluster does not serve all slots; see CLUSTER INFO'],
  MASTERDOWN: ['unavailable', undefined, 'the replica has lost its master'],
  NOREPLICAS: ['unavailable', undefined, 'too few replicas are connected for a write'],
  TRYAGAIN: ['unavailable', undefined, 'slots of the cluster are being moved'],
  WRONGPASS: ['invalid', 'access_denied', 'check the user name and the password in the URL'],
  NOAUTH: ['invalid', 'access_denied', 'this Redis wants a password: redis://user:password@host'],
  NOPERM: ['invalid', 'access_denied', 'the user needs all commands and keys of the namespace (ACL SETUSER)'],
};

/** What ioredis throws, as far as we look at it. */
interface ClientError {
  readonly name?: string;
  readonly message?: string;
  /** Of Node's network errors. */
  readonly code?: string;
  /** Of a failed first contact with a cluster. */
  readonly lastNodeError?: Error;
}

/**
 * Any error of ioredis as ours. `unavailable` covers everything between a refused connection and a failover; whether the
 * command was carried out is then unknown.
 * @param code of `unavailable` errors
 * @param at where, without secrets (see describeLocation)
 */
export function translateRedisError(error: unknown, code = 'redis_unavailable', at?: string): QuarryError {
  if (isQuarryError(error)) return error;
  const { name, message = String(error), lastNodeError } = (error ?? {}) as ClientError;
  if (lastNodeError) return translateRedisError(lastNodeError, code, at);
  const where = at === undefined ? 'redis' : `redis at ${at}`;
  const options = { cause: error, ...(at !== undefined && { details: { at } }) };
  const known = BY_WORD[wordOf(message)];
  if (known) {
    const [kind, ownCode = code, wayOut] = known;
    return new QuarryError(kind, `${where}: ${wayOut} (${message})`, { code: ownCode, ...options });
  }
  if (/DB index is out of range/.test(message)) {
    return new QuarryError('invalid', `${where}: there is no such database; see the server's setting "databases"`, {
      code: 'redis_database',
      ...options,
    });
  }
  const isBug = (name === 'ReplyError' && !message.includes('max number of clients')) || !isNetworkLike(error);
  if (isBug) return new QuarryError('internal', `${where}: ${message}`, { code: 'redis_error', ...options });
  return new QuarryError('unavailable', `${where} cannot be reached: ${sayWhy(error as ClientError)}`, {
    code,
    ...options,
  });
}

/** Errors of the server begin with a word in capitals, also inside those that Sentinel's client wraps. */
const wordOf = (message: string): string =>
  /(?:^|because |error: (?:ReplyError: )?)([A-Z]{3,})\b/.exec(message)?.[1] ?? '';

/** ioredis throws plain Errors for all that is about connections; a TypeError and its kin are bugs. */
const isNetworkLike = (error: unknown): boolean =>
  error instanceof Error && !['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError'].includes(error.name);

function sayWhy({ message = '', code }: ClientError): string {
  if (message.startsWith('Command timed out')) return 'no answer in time';
  if (message.startsWith('Reached the max retries') || message.startsWith('Connection is closed')) {
    return 'the connection was lost';
  }
  // An AggregateError of several addresses has no message of its own.
  return message || code || 'unknown reason';
}
