import type { Channel, Message } from 'amqplib';
import { readEnvelope, redeliveriesOf, type Envelope } from './envelope.ts';
import { BANDS } from './queue-names.ts';

/** A message that the server has given to this consumer and waits to hear of. */
export interface Inbound {
  readonly message: Message;
  /** An answer on another channel means nothing. */
  readonly channel: Channel;
  readonly envelope: Envelope;
  /** 1 on the first delivery. */
  readonly attempt: number;
  /** Place of its band in BANDS. */
  readonly rank: number;
  /** Monotonic ms. */
  readonly receivedAt: number;
}

/** The message, or in words why it is none of ours. */
export function readInbound(message: Message, channel: Channel, receivedAt: number): Inbound | string {
  const envelope = readEnvelope(message);
  if (typeof envelope === 'string') return envelope;
  const attempt = envelope.attempts + redeliveriesOf(message) + 1;
  const { routingKey } = message.fields;
  // The band's name ends the routing key on every way to it.
  const rank = BANDS.findIndex((band) => routingKey.endsWith(band));
  return { message, channel, envelope, attempt, rank: rank < 0 ? BANDS.length : rank, receivedAt };
}

/** Whether `a` is to be handled before `b`, which came earlier. */
export const overtakes = (a: Inbound, b: Inbound): boolean =>
  a.rank === b.rank ? a.envelope.priority > b.envelope.priority : a.rank < b.rank;
