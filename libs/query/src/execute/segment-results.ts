import type { Clause } from '../compile/compiled-query.ts';
import type { Bits } from './bits.ts';
import { matchingDocs } from './matching-docs.ts';
import type { SegmentData } from './segment-data.ts';

/** What was found out about segments, which never change. Whoever runs searches gives one, with a bound of its own. */
export interface SegmentResultCache {
  /** Smaller segments are not asked for: there a filter is computed anew about as fast as it is looked up. */
  readonly minDocCount: number;
  /** Documents that match a filter, deleted ones included. Not to be written to. */
  filter(segment: string, key: string): Uint32Array | undefined;
  /** Offers what was just computed; the cache decides whether it is worth keeping. */
  offerFilter(segment: string, key: string, docs: Uint32Array): void;
}

/** As `matchingDocs`, for filters and exclusions: from the cache where there is one and the clause allows. */
export function filterDocs(clause: Clause, data: SegmentData): Bits {
  const { results, segment, docCount } = data;
  const key = results && docCount >= results.minDocCount ? filterKey(clause) : undefined;
  if (!results || key === undefined) return matchingDocs(clause, data);
  const known = results.filter(segment.id, key);
  if (known) return known.slice();
  const docs = matchingDocs(clause, data);
  results.offerFilter(segment.id, key, docs);
  return docs;
}

/**
 * A name for what a clause matches, the same for equal clauses; undefined for one that is cheaper than a look-up, or whose
 * matches depend on more than the segment (scores).
 */
export function filterKey(clause: Clause): string | undefined {
  return clause.kind !== 'term' && isOfSegment(clause) ? JSON.stringify(clause, exactNumbers) : undefined;
}

function isOfSegment(clause: Clause): boolean {
  switch (clause.kind) {
    case 'term':
    case 'term_set':
    case 'term_range':
    case 'numbers':
    case 'exists':
      return true;
    case 'bool':
      return [...clause.must, ...clause.filter, ...clause.should, ...clause.mustNot].every((each) => isOfSegment(each));
    case 'dis_max':
      return clause.clauses.every((each) => isOfSegment(each));
    default:
      return false;
  }
}

/** JSON has no infinities, and makes 0 of -0. */
export const exactNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
    ? { number: Object.is(value, -0) ? '-0' : String(value) }
    : value;
