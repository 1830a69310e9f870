import { ulid } from 'ulid';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/** Makes ULIDs: 26 characters, sortable by the time of their making (ms). Two made in the same ms sort at random. */
export interface Ids {
  next(): string;
}

export function createIds(clock: Clock, random: Random): Ids {
  return { next: () => ulid(clock.now(), () => random.next()) };
}
