import { invalid } from '#libs/kernel';

/** Buckets that one aggregation may make, with those below it: each is an object on every worker and in the answer. */
export const MAX_BUCKETS = 65_536;

/** Bytes of JSON, roughly, that one aggregation with all below it may carry from worker to worker. */
export const MAX_AGGREGATION_BYTES = 64 * 1024 * 1024;

/** Documents that one top_hits may keep over all buckets: each is read and carried. */
export const MAX_TOP_HITS_DOCUMENTS = 10_000;

export function tooManyBuckets(name: string): Error {
  return invalid(
    'too_many_buckets',
    `the aggregation "${name}" makes more than ${MAX_BUCKETS} buckets; filter the query, or take a wider interval`,
    { aggregation: name, limit: MAX_BUCKETS },
  );
}

export function aggregationTooLarge(name: string): Error {
  return invalid(
    'aggregation_too_large',
    `the aggregation "${name}" takes more than ${MAX_AGGREGATION_BYTES} bytes on its way; ask for fewer buckets, or for less in each`,
    { aggregation: name, limit: MAX_AGGREGATION_BYTES },
  );
}

export function tooManyTopHits(name: string): Error {
  return invalid(
    'too_many_top_hits',
    `the aggregation "${name}" would keep more than ${MAX_TOP_HITS_DOCUMENTS} documents over all buckets; ask for fewer buckets or a smaller size`,
    { aggregation: name, limit: MAX_TOP_HITS_DOCUMENTS },
  );
}
