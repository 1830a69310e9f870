import { type FixedQuery, sortedCounts } from './fixed-corpus.ts';

interface Hit {
  readonly _id: string;
  readonly _score: number | null;
}

interface SearchResult {
  readonly total: { readonly value: number };
  readonly hits: readonly Hit[];
  readonly coverage: number;
  readonly aggs?: {
    readonly tags: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] };
    readonly n: { readonly count: number; readonly sum: number };
  };
}

/** The hits of a query with their scores, as the system gave them before anything went wrong. */
export type Healthy = ReadonlyMap<FixedQuery, readonly Hit[]>;

export const hitsOf = (result: unknown): readonly Hit[] =>
  (result as SearchResult).hits.map(({ _id, _score }) => ({ _id, _score }));

/**
 * What is wrong with a result for an index that does not change, or undefined. A result that covers everything has one
 * right answer; one that says that it does not may lack something and have nothing that it should not.
 */
export function wrongWithFixed(query: FixedQuery, given: unknown, healthy?: Healthy): string | undefined {
  const result = given as SearchResult;
  const differs = (what: string, got: unknown, right: unknown): string =>
    `${query.name} (coverage ${result.coverage}): ${what} is ${JSON.stringify(got)}, not ${JSON.stringify(right)}`;
  const stranger = result.hits.find(({ _id }) => !query.matching.has(_id));
  if (stranger) return `${query.name}: ${stranger._id} is a hit and does not match`;
  if (result.coverage < 1) {
    return result.total.value > query.total
      ? differs('the total', result.total.value, `at most ${query.total}`)
      : undefined;
  }
  if (result.total.value !== query.total) return differs('the total', result.total.value, query.total);
  if (query.ids) {
    const ids = result.hits.map(({ _id }) => _id);
    if (!same(ids, query.ids)) return differs('the order', ids, query.ids);
  }
  if (query.aggs) {
    const aggs = aggregated(result);
    if (!same(aggs, query.aggs)) return differs('the aggregation', aggs, query.aggs);
  }
  const before = healthy?.get(query);
  if (before && !same(hitsOf(result), before)) return differs('the ranking', hitsOf(result), before);
  return undefined;
}

const aggregated = ({ aggs }: SearchResult): unknown =>
  aggs && {
    tags: sortedCounts(aggs.tags.buckets.map(({ key, doc_count }) => [key, doc_count])),
    count: aggs.n.count,
    sum: aggs.n.sum,
  };

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
