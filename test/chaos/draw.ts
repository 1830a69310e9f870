import { seededRandom, type Random } from '#libs/kernel';

/** A generator of its own for each actor, so that what one draws does not depend on when the others run. */
export function streamOf(seed: number, actor: string): Random {
  let mixed = seed;
  for (let i = 0; i < actor.length; i++) mixed = Math.imul(mixed, 31) + actor.charCodeAt(i);
  return seededRandom(mixed);
}

/** A whole number from `from` up to and without `below`. */
export const drawInt = (random: Random, from: number, below: number): number =>
  from + Math.floor(random.next() * (below - from));

export function drawOne<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random.next() * values.length)]!;
}

/** A name from a few dozen bits. */
export const drawName = (random: Random): string => Math.floor(random.next() * 2 ** 40).toString(36);
