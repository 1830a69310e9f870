import type { Random } from '#libs/kernel';

/** A whole number from 0 below `limit`. */
export const below = (random: Random, limit: number): number => Math.floor(random.next() * limit);

export const oneOf = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

/** True once in `n`. */
export const onceIn = (random: Random, n: number): boolean => random.next() * n < 1;
