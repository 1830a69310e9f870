import type { JobJson, MinimalJob } from 'bullmq';
import type { OutgoingMessage } from '../broker.ts';

/**
 * How a message is kept as a bullmq job: name "message", data `{"body": "<text>"}`. Body and envelope stay apart, so that
 * any text comes back unchanged and what others put into the queue is told from ours.
 */
const NAME = 'message';

/** Ours run 0…9 upwards, bullmq's downwards from 1; 0 would go past all others into a list of its own. */
const LOWEST = 10;

export function encodeMessage(message: OutgoingMessage, id: string, now: number): JobJson {
  const delay = Math.ceil(message.delayMs ?? 0);
  const priority = LOWEST - (message.priority ?? 0);
  return {
    id,
    name: NAME,
    data: JSON.stringify({ body: message.body }),
    // Attempts and retries are the consumer's business; this only keeps bullmq's own from interfering.
    opts: { priority, delay, attempts: 1, removeOnComplete: true },
    priority,
    delay,
    timestamp: now,
    progress: 0,
    attemptsMade: 0,
    attemptsStarted: 0,
    stalledCounter: 0,
    failedReason: '',
    returnvalue: '',
  };
}

/** Undefined when the data is not a message of ours. */
export function decodeBody(data: string | null | undefined): string | undefined {
  try {
    const { body } = JSON.parse(data ?? '') as { body?: unknown };
    return typeof body === 'string' ? body : undefined;
  } catch {
    return undefined;
  }
}

/** As much of a job as bullmq's scripts need to move it; without `attempts` they fail half way. */
export const jobRef = (id: string): MinimalJob => ({ id, opts: { attempts: 1 } }) as MinimalJob;
