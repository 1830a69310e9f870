import { randomBytes } from 'node:crypto';

/** Randomness as a part that can be replaced: nothing outside this lib calls Math.random or crypto's random. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  bytes(count: number): Uint8Array;
}

/** One call to the system for so many numbers: an id alone takes sixteen, and each call costs 4 µs. */
const POOL_BYTES = 6 * 512;
let pool = Buffer.alloc(0);
let used = 0;

export const systemRandom: Random = {
  next: () => {
    if (used >= pool.length) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    used += 6;
    return pool.readUIntLE(used - 6, 6) / 2 ** 48;
  },
  bytes: (count) => randomBytes(count),
};

/** The mulberry32 generator (Tommy Ettinger, public domain): the same seed gives the same run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) };
}

/** "Full jitter" backoff: uniform in [0, min(maxMs, baseMs·2^attempt)); see the AWS Architecture Blog, 2015. */
export function jitteredBackoffMs(random: Random, attempt: number, baseMs: number, maxMs: number): number {
  return random.next() * Math.min(maxMs, baseMs * 2 ** attempt);
}
