import type { Random } from '#libs/kernel';

const S = 1000;
const M = 60 * S;
const H = 60 * M;

/** The example schedule of Standard Webhooks 1.0.0: what follows the first try, 75 hours and 35 minutes in all. */
export const RETRY_DELAYS_MS = [5 * S, 5 * M, 30 * M, 2 * H, 5 * H, 10 * H, 14 * H, 20 * H, 24 * H] as const;

/** Added, never taken away: retries of many deliveries that failed together come apart, and none is early. */
const JITTER = 0.1;
/** A receiver may ask for so much patience and no more. */
const LONGEST_RETRY_AFTER_MS = 24 * H;

/**
 * How long to wait after a failed try; undefined: that was the last.
 * @param earlier failed tries before it
 * @param askedMs the receiver's own wish: waited for at least
 */
export function retryDelayMs(earlier: number, random: Random, askedMs = 0): number | undefined {
  const scheduled = RETRY_DELAYS_MS[earlier];
  if (scheduled === undefined) return undefined;
  const delay = Math.max(scheduled, Math.min(askedMs, LONGEST_RETRY_AFTER_MS));
  return Math.round(delay * (1 + JITTER * random.next()));
}

/** A Retry-After header (RFC 9110: seconds or a date) as ms from now; undefined when it is neither, or over. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * S : Date.parse(header) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : undefined;
}
