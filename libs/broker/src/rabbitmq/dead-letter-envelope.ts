import { createHash } from 'node:crypto';
import type { Message, MessagePropertyHeaders } from 'amqplib';
import type { DeadLetter } from '../broker.ts';
import { isCount, readBody, readEnvelope, writeEnvelope, type Envelope } from './envelope.ts';
import { DELIVERY_LIMIT } from './queue-arguments.ts';

const LETTER = 'quarry1-letter';
const REASON = 'quarry1-reason';
const DIED_AT = 'quarry1-died-at';
/** A header must fit into a frame with all others. */
const MAX_REASON_CHARS = 4000;

export interface Death {
  readonly reason: string;
  /** ms since 1970. */
  readonly diedAt: number;
  /** ms since 1970; no other letter of this process has it. */
  readonly order: number;
}

export function writeLetter(envelope: Envelope, { reason, diedAt, order }: Death): ReturnType<typeof writeEnvelope> {
  return writeEnvelope(envelope, {
    [LETTER]: letterId(order, envelope.id),
    [REASON]: reason.slice(0, MAX_REASON_CHARS),
    [DIED_AT]: diedAt,
  });
}

/** The letter in a message of the dead queue, whoever put it there: we, the server (delivery limit), or somebody else. */
export function readLetter(message: Message): DeadLetter & { readonly priority: number } {
  const headers: MessagePropertyHeaders = message.properties.headers ?? {};
  const { body, publishedAt, priority, attempts, id } = readAnyEnvelope(message);
  const common = { body, publishedAt, priority };
  const [letter, reason, diedAt]: unknown[] = [headers[LETTER], headers[REASON], headers[DIED_AT]];
  if (typeof letter === 'string' && typeof reason === 'string' && isCount(diedAt)) {
    return { ...common, id: letter, reason, diedAt, attempts };
  }
  const [death] = headers['x-death'] ?? [];
  const at = isCount(death?.time?.value) ? death.time.value * 1000 : publishedAt;
  // amqplib's type does not know the reasons of quorum queues.
  const why: string = death?.reason ?? 'unknown';
  const isLimit = why === 'delivery_limit';
  return {
    ...common,
    id: letterId(at, id),
    diedAt: at,
    reason: isLimit
      ? `delivery limit: ${DELIVERY_LIMIT + 1} consumers in a row ended before they answered`
      : `put here by the server or by somebody else (${why})`,
    attempts: isLimit ? attempts + DELIVERY_LIMIT + 1 : attempts,
  };
}

/** Of a message that is not ours, or is no longer: as much as there is. */
export function readAnyEnvelope(message: Message): Envelope {
  const envelope = readEnvelope(message);
  if (typeof envelope === 'object') return envelope;
  const { messageId, timestamp } = message.properties as { messageId?: unknown; timestamp?: unknown };
  return {
    id:
      typeof messageId === 'string' && messageId !== ''
        ? messageId
        : createHash('sha256').update(message.content).digest('hex').slice(0, 26),
    body: readBody(message.content) ?? message.content.toString('latin1'),
    priority: 0,
    publishedAt: isCount(timestamp) ? timestamp * 1000 : 0,
    attempts: 1,
    retries: 0,
  };
}

/** Sorts by the time of death. */
const letterId = (order: number, id: string): string => `${String(order).padStart(15, '0')}-${id}`;
