import {
  aggregationTooLarge,
  MAX_AGGREGATION_BYTES,
  MAX_BUCKETS,
  MAX_TOP_HITS_DOCUMENTS,
  tooManyBuckets,
  tooManyTopHits,
} from './agg-limits.ts';
import type { AggPartial, AggPartials } from './agg-partial.ts';

interface Size {
  buckets: number;
  /** Of JSON, roughly: numbers count as 12. */
  bytes: number;
  documents: number;
}

const NUMBER_BYTES = 12;
/** Braces, names, quotes. */
const FRAME_BYTES = 40;

/** Throws `invalid`: `too_many_buckets`, `aggregation_too_large`, `too_many_top_hits`. */
export function checkSize(name: string, partial: AggPartial): void {
  const size = { buckets: 0, bytes: 0, documents: 0 };
  addSize(partial, size);
  if (size.buckets > MAX_BUCKETS) throw tooManyBuckets(name);
  if (size.documents > MAX_TOP_HITS_DOCUMENTS) throw tooManyTopHits(name);
  if (size.bytes > MAX_AGGREGATION_BYTES) throw aggregationTooLarge(name);
}

function addSize(partial: AggPartial, size: Size): void {
  size.bytes += FRAME_BYTES;
  switch (partial.kind) {
    case 'buckets':
      for (const { key, aggs } of partial.buckets) addBucket(aggs, keyBytes(key), size);
      break;
    case 'composite':
      for (const { key, aggs } of partial.buckets)
        addBucket(
          aggs,
          key.reduce<number>((sum, part) => sum + keyBytes(part), 0),
          size,
        );
      break;
    case 'slots':
      for (const { aggs } of partial.slots) addBucket(aggs, 0, size);
      break;
    case 'cardinality':
      size.bytes +=
        'hashes' in partial.state ? partial.state.hashes.length * (NUMBER_BYTES + 5) : partial.state.registers.length;
      break;
    case 'quantiles': {
      const { values = [], positive = [], negative = [] } = partial.state;
      size.bytes += (values.length + positive.length + negative.length + 3) * NUMBER_BYTES;
      break;
    }
    case 'top_hits':
      size.documents += partial.hits.length;
      for (const { source, id } of partial.hits) size.bytes += source.length + id.length + 2 * FRAME_BYTES;
      break;
    default:
      size.bytes += 4 * NUMBER_BYTES;
  }
}

const keyBytes = (key: string | number | null): number => (typeof key === 'string' ? key.length : NUMBER_BYTES);

function addBucket(aggs: AggPartials, bytes: number, size: Size): void {
  size.buckets++;
  size.bytes += FRAME_BYTES + bytes;
  for (const name in aggs) {
    size.bytes += name.length;
    addSize(aggs[name]!, size);
  }
}
