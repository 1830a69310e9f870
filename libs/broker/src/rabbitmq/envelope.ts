import type { Message, Options } from 'amqplib';

/** What travels with a body. The same for all copies of a message. */
export interface Envelope {
  readonly id: string;
  readonly body: string;
  readonly priority: number;
  /** ms since 1970. */
  readonly publishedAt: number;
  /** How often it was given to a handler before this copy was made. */
  readonly attempts: number;
  /** How many of those the handler answered with "again, later". */
  readonly retries: number;
  /** Only of delays longer than the levels reach: not to be handled before (ms since 1970). */
  readonly notBefore?: number;
}

/** Names begin with the format's version: a newer program may choose others and still read these. */
const ATTEMPTS = 'quarry1-attempts';
const RETRIES = 'quarry1-retries';
const PUBLISHED_AT = 'quarry1-published-at';
const PRIORITY = 'quarry1-priority';
const NOT_BEFORE = 'quarry1-not-before';

/** Bodies are JSON text, so what is no UTF-8 was written by somebody else. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

export function writeEnvelope(
  envelope: Envelope,
  more: Record<string, unknown> = {},
): { content: Buffer; properties: Options.Publish } {
  const { id, body, priority, publishedAt, attempts, retries, notBefore } = envelope;
  return {
    content: Buffer.from(body),
    properties: {
      persistent: true,
      messageId: id,
      contentType: 'application/json',
      headers: {
        [ATTEMPTS]: attempts,
        [RETRIES]: retries,
        [PUBLISHED_AT]: publishedAt,
        [PRIORITY]: priority,
        ...(notBefore !== undefined && { [NOT_BEFORE]: notBefore }),
        ...more,
      },
    },
  };
}

/** The envelope, or in words why this is no message of ours. */
export function readEnvelope({ properties, content }: Message): Envelope | string {
  const headers = properties.headers ?? {};
  const id: unknown = properties.messageId;
  if (typeof id !== 'string' || id === '') return 'it has no message id';
  const [attempts, publishedAt, priority] = [headers[ATTEMPTS], headers[PUBLISHED_AT], headers[PRIORITY]];
  if (!isCount(attempts)) return `its header ${ATTEMPTS} is no count`;
  if (!isCount(publishedAt)) return `its header ${PUBLISHED_AT} is no time`;
  if (!isCount(priority)) return `its header ${PRIORITY} is no priority`;
  const [retries, notBefore]: unknown[] = [headers[RETRIES], headers[NOT_BEFORE]];
  const body = readBody(content);
  if (body === undefined) return 'its body is not UTF-8';
  return {
    id,
    body,
    priority,
    publishedAt,
    attempts,
    retries: isCount(retries) ? retries : 0,
    ...(isCount(notBefore) && { notBefore }),
  };
}

export function readBody(content: Buffer): string | undefined {
  try {
    return utf8.decode(content);
  } catch {
    return undefined;
  }
}

/** How often the server has taken this copy back from a consumer. */
export function redeliveriesOf({ properties }: Message): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return isCount(count) ? count : 0;
}

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0;
