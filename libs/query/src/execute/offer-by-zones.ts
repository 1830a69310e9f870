import { ZONE_DOCS } from '#libs/segment';
import type { Bits } from './bits.ts';
import type { SegmentData } from './segment-data.ts';
import type { SortColumn } from './sort-column.ts';
import type { SortedHits } from './sorted-hits.ts';

/**
 * Offers the documents of a set, zone by zone of the first sort column, the most promising zone first, until no zone can
 * hold anything that would enter. The order of offers decides nothing: ties end at ranks.
 */
export function offerByZones(
  docs: Bits,
  { docCount, watch }: SegmentData,
  columns: readonly SortColumn[],
  sorted: SortedHits,
): void {
  const first = columns[0];
  const bestOf = Array.from({ length: Math.ceil(docCount / ZONE_DOCS) }, (_, zone) =>
    first ? first.leastIn(zone * ZONE_DOCS, (zone + 1) * ZONE_DOCS - 1) : -Infinity,
  );
  const zones = [...bestOf.keys()].toSorted((a, b) => bestOf[a]! - bestOf[b]! || a - b);
  for (const zone of zones) {
    if (bestOf[zone]! > sorted.skipAbove) break;
    watch.spend(ZONE_DOCS);
    offerWords(docs, (zone * ZONE_DOCS) >>> 5, Math.min(docs.length, ((zone + 1) * ZONE_DOCS) >>> 5), sorted);
  }
}

function offerWords(docs: Bits, from: number, to: number, sorted: SortedHits): void {
  for (let at = from; at < to; at++) {
    let word = docs[at]!;
    while (word !== 0) {
      const lowest = word & -word;
      word ^= lowest;
      sorted.offer((at << 5) + 31 - Math.clz32(lowest), 0);
    }
  }
}
