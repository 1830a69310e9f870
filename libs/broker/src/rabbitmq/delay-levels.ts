import type { Channel } from 'amqplib';
import { BANDS, type Band, type QueueNames } from './queue-names.ts';
import { delayQueue } from './queue-arguments.ts';

/** The shortest delay, and the grain of all. */
const GRAIN_MS = 16;
/** 16 ms · 2^24 is three days: the levels together reach six. */
const LEVELS = 25;
/** Delays are rounded up to so many binary digits (6 % at most): no message passes more queues than that. */
const DIGITS = 5;

/** The longest delay in one go. */
export const LONGEST_DELAY_MS = GRAIN_MS * 2 ** (LEVELS - 1);

/**
 * How delays are made of queues whose messages have a time to live, as NServiceBus does it.
 *
 *     exchange 2 ──digit 1──▶ queue 2 (64 ms) ─┐ expired
 *         └──────digit 0───────────────────────┴─▶ exchange 1 ──▶ … ──▶ exchange due ──▶ band
 *
 * The routing key is the delay in binary, the highest level first, and ends with the band: `0.1.0.1.low` is 5 grains. At
 * every level a message with a 1 waits there, one with a 0 goes on. All messages of a queue wait equally long, so the
 * oldest is always the first to go; no consumer is needed, and nothing expires that should not.
 *
 * Rejected: a queue for every delay in use (jittered retries make hundreds, and those that expire with their last use can
 * take messages with them); a time to live for every message (only a queue's first message expires).
 */
export interface DelayRoute {
  /** Where it enters: the level of the highest digit. */
  readonly level: number;
  readonly key: string;
}

/** Not before `delayMs`, which is more than 0 and at most LONGEST_DELAY_MS. */
export function delayRoute(delayMs: number, band: Band): DelayRoute {
  const grains = Math.ceil(delayMs / GRAIN_MS);
  const step = 2 ** Math.max(0, levelOf(grains) + 1 - DIGITS);
  const rounded = Math.ceil(grains / step) * step;
  const digits = rounded.toString(2).padStart(LEVELS, '0').split('');
  return { level: levelOf(rounded), key: [...digits, band].join('.') };
}

const levelOf = (grains: number): number => 31 - Math.clz32(grains);

/** Declares the levels from `from` to `to`, from below: a message finds its way from wherever it may enter. */
export async function declareLevels(
  channel: Channel,
  names: QueueNames,
  mailbox: string,
  from: number,
  to: number,
): Promise<void> {
  const due = names.due(mailbox);
  if (from === 0) {
    await channel.assertExchange(due, 'topic', { durable: true });
    for (const band of BANDS) await channel.bindQueue(names.band(mailbox, band), due, `#.${band}`);
  }
  for (let level = from; level <= to; level++) {
    const name = names.delay(mailbox, level);
    const next = level === 0 ? due : names.delay(mailbox, level - 1);
    const higherDigits = '*.'.repeat(LEVELS - 1 - level);
    await channel.assertExchange(name, 'topic', { durable: true });
    await channel.assertQueue(name, delayQueue(GRAIN_MS * 2 ** level, next));
    await channel.bindQueue(name, name, `${higherDigits}1.#`);
    await channel.bindExchange(next, name, `${higherDigits}0.#`);
  }
}
