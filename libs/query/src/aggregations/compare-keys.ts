import { compareCodePoints } from '#libs/kernel';
import type { CompositeSource } from '../aggregation-request.ts';

type Key = string | number;

export const compareKeys = (a: Key, b: Key): number =>
  typeof a === 'string' && typeof b === 'string' ? compareCodePoints(a, b) : Number(a) - Number(b);

type Order = Pick<CompositeSource, 'order' | 'missingOrder'>;

/** Order of two parts of composite keys; null stands for documents without a value. */
export function compareParts({ order, missingOrder }: Order, a: Key | null, b: Key | null): number {
  if (a === null || b === null) {
    if (a === b) return 0;
    return (a === null) === (missingOrder === 'first') ? -1 : 1;
  }
  return order === 'asc' ? compareKeys(a, b) : compareKeys(b, a);
}

export function compareComposite(
  sources: readonly Order[],
  a: readonly (Key | null)[],
  b: readonly (Key | null)[],
): number {
  for (let i = 0; i < sources.length; i++) {
    const order = compareParts(sources[i]!, a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}
