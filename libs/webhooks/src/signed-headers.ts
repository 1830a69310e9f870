import { Webhook } from 'standardwebhooks';

/** The three headers of Standard Webhooks 1.0.0. */
export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * Signs `id.timestamp.body` with every secret: while a secret is being replaced, receivers with the old and with the new
 * one can both verify.
 * @param timestampMs of this try, not of the event: receivers refuse what is old
 */
export function signedHeaders(
  id: string,
  timestampMs: number,
  body: string,
  secrets: readonly string[],
): SignedHeaders {
  const timestamp = new Date(timestampMs);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(timestampMs / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, timestamp, body)).join(' '),
  };
}
