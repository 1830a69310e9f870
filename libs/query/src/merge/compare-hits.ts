import { compareCodePoints } from '#libs/kernel';
import { compareSortValues } from '../execute/sort-plan.ts';
import type { PartialHit } from '../search-partial.ts';
import type { SearchRequest } from '../search-request.ts';

/** The order of hits: by sort keys or falling score, then by `_id` (by code points), then by segment. */
export function compareHits({ sort }: Pick<SearchRequest, 'sort'>, a: PartialHit, b: PartialHit): number {
  if (sort.length === 0) {
    const order = (b.score ?? 0) - (a.score ?? 0);
    if (order !== 0) return order;
  }
  for (const [at, key] of sort.entries()) {
    const x = a.sort?.[at] ?? null;
    const y = b.sort?.[at] ?? null;
    const order = compareSortValues(key, x, y);
    if (order !== 0) return order;
  }
  return compareCodePoints(a.id, b.id) || compareCodePoints(a.segment, b.segment);
}
