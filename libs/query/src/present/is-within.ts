import { compareCodePoints } from '#libs/kernel';
import type { TermBounds } from '#libs/segment';

/** Whether a term lies within bounds, as dictionaries see them. */
export function isWithin(bounds: TermBounds, term: string): boolean {
  const { prefix, from, to } = bounds;
  if (prefix !== undefined && !term.startsWith(prefix)) return false;
  if (from !== undefined) {
    const order = compareCodePoints(term, from);
    if (order < 0 || (order === 0 && bounds.fromExclusive)) return false;
  }
  if (to !== undefined) {
    const order = compareCodePoints(term, to);
    if (order > 0 || (order === 0 && !bounds.toInclusive)) return false;
  }
  return true;
}
