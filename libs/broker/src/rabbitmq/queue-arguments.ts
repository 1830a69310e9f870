import type { Options } from 'amqplib';

/**
 * So many deliveries whose consumer ended before it answered, and the server buries the message: it kills those who touch
 * it. Answers (also: try again) do not count; how often those are repeated is the handler's business.
 */
export const DELIVERY_LIMIT = 20;
/** Browsing dead letters counts as deliveries, and RabbitMQ 4 has a limit of 20 unless told otherwise. */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/** Never drops: what cannot be stored is refused. Dead-lettering at least once asks for this too. */
const KEPT = { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish' };

export const bandQueue = (deadQueue: string): Options.AssertQueue => ({
  durable: true,
  arguments: {
    ...KEPT,
    'x-delivery-limit': DELIVERY_LIMIT,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': deadQueue,
    'x-dead-letter-strategy': 'at-least-once',
  },
});

export const deadQueue: Options.AssertQueue = {
  durable: true,
  arguments: { ...KEPT, 'x-delivery-limit': NO_DELIVERY_LIMIT },
};

/** Keeps messages for a time, then hands them, with their routing key, to the exchange. */
export const delayQueue = (ttlMs: number, exchange: string): Options.AssertQueue => ({
  durable: true,
  arguments: {
    ...KEPT,
    'x-message-ttl': ttlMs,
    'x-dead-letter-exchange': exchange,
    'x-dead-letter-strategy': 'at-least-once',
  },
});

export const rollStream: Options.AssertQueue = { durable: true, arguments: { 'x-queue-type': 'stream' } };
