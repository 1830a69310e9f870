import { invalid, isQuarryError, QuarryError, unavailable } from '#libs/kernel';

/** Reply codes of AMQP 0-9-1 that callers act upon. */
export const ACCESS_REFUSED = 403;
export const NOT_FOUND = 404;
export const RESOURCE_LOCKED = 405;
const PRECONDITION_FAILED = 406;

/** The AMQP reply code of an error of amqplib, when it has one. */
export function replyCodeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Any error of amqplib on an open connection as ours. Nearly all of them mean that the channel or the connection is gone,
 * and whether the operation was carried out is unknown: `unavailable`.
 */
export function translateRabbitError(error: unknown, doing: string): QuarryError {
  if (isQuarryError(error)) return error;
  const message = messageOf(error);
  switch (replyCodeOf(error)) {
    case ACCESS_REFUSED:
      return new QuarryError(
        'invalid',
        `rabbitmq refused ${doing}: the user needs configure, write and read permission for the namespace (${message})`,
        { code: 'access_denied', cause: error },
      );
    case RESOURCE_LOCKED:
      return new QuarryError('conflict', `rabbitmq refused ${doing}: another connection has it (${message})`, {
        code: 'resource_locked',
        cause: error,
      });
    case PRECONDITION_FAILED:
      return new QuarryError(
        'conflict',
        `rabbitmq refused ${doing}: it exists with other properties; move its messages and delete it, or use another namespace (${message})`,
        { code: 'queue_mismatch', cause: error },
      );
    default:
  }
  if (/nacked/.test(message)) {
    return new QuarryError('overloaded', `rabbitmq refused ${doing}: the queue is full or cannot store it`, {
      code: 'broker_full',
      cause: error,
    });
  }
  return new QuarryError('unavailable', `rabbitmq failed at ${doing}: ${message}`, {
    code: 'broker_unavailable',
    cause: error,
  });
}

const UNKNOWN_ISSUER = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
];

const NETWORK_WORDS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ECONNRESET: 'it cut the connection',
  ...Object.fromEntries(
    UNKNOWN_ISSUER.map((code) => [code, 'its certificate is not trusted; name its CA in NODE_EXTRA_CA_CERTS']),
  ),
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there; use amqp://, or the port that does',
};

/** Why a connection could not be opened, as one line. @param at host, port and virtual host, without secrets */
export function translateConnectError(error: unknown, at: string): QuarryError {
  if (isQuarryError(error)) return error;
  const message = messageOf(error);
  const options = { cause: error, details: { at } };
  if (/ACCESS[_-]REFUSED/.test(message)) {
    return new QuarryError(
      'invalid',
      `rabbitmq at ${at} refused the login: check the user name and the password in the URL`,
      {
        code: 'access_denied',
        ...options,
      },
    );
  }
  // amqplib does not show the server's words here.
  if (/NOT_ALLOWED|ConnectionOpenOk; got <ConnectionClose/.test(message)) {
    return new QuarryError(
      'invalid',
      `rabbitmq at ${at} refused the virtual host: it does not exist, or the user may not enter it`,
      { code: 'access_denied', ...options },
    );
  }
  const code = (error as { code?: unknown } | null)?.code;
  // An address with several families fails with an AggregateError, whose message is empty.
  const known = typeof code === 'string' ? code : /ETIMEDOUT/.exec(message)?.[0];
  const why = (known && (NETWORK_WORDS[known] ?? known)) || message || 'unknown reason';
  return new QuarryError('unavailable', `rabbitmq at ${at} cannot be reached: ${why}`, {
    code: 'broker_unavailable',
    ...options,
  });
}

export const brokerClosed = (): QuarryError => unavailable('broker_unavailable', 'the broker is closed');

/** Where a URL points to, without its user and password. Throws `invalid` (`bad_url`), which does not show the URL either. */
export function describeUrl(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw invalid('bad_url', 'the URL of rabbitmq cannot be read; use amqp://user:password@host:5672/vhost');
  }
  if (parsed.protocol !== 'amqp:' && parsed.protocol !== 'amqps:') {
    throw invalid('bad_url', `"${parsed.protocol}" is no protocol of rabbitmq; use amqp:// or amqps://`);
  }
  const port = parsed.port || (parsed.protocol === 'amqp:' ? '5672' : '5671');
  const vhost = parsed.pathname.length > 1 ? ` (virtual host ${decodeURIComponent(parsed.pathname.slice(1))})` : '';
  return `${parsed.hostname}:${port}${vhost}`;
}
