import type { SearchStatistics } from '../search-partial.ts';
import type { QueryTerm } from './query-terms.ts';

export type DocFreqs = NonNullable<SearchStatistics['docFreqs']>;

/** Adds up the document frequencies that several tasks gathered. Associative and commutative; `{}` is its identity. */
export function mergeDocFreqs(a: DocFreqs, b: DocFreqs): DocFreqs {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)]);
  // Object.fromEntries makes own properties even of names such as __proto__.
  return Object.fromEntries(
    [...fields].toSorted().map((field) => {
      const terms = new Set([...Object.keys(own(a, field) ?? {}), ...Object.keys(own(b, field) ?? {})]);
      return [
        field,
        Object.fromEntries(
          [...terms]
            .toSorted()
            .map((term) => [term, (docFreqIn(a, field, term) ?? 0) + (docFreqIn(b, field, term) ?? 0)]),
        ),
      ];
    }),
  );
}

export function docFreqsOf(terms: readonly QueryTerm[], count: (at: number) => number): DocFreqs {
  const byField = Map.groupBy(
    terms.map(({ field, term }, at) => ({ field, term, count: count(at) })),
    ({ field }) => field,
  );
  return Object.fromEntries(
    [...byField].map(([field, entries]) => [
      field,
      Object.fromEntries(entries.map((entry) => [entry.term, entry.count])),
    ]),
  );
}

export const docFreqIn = (docFreqs: DocFreqs, field: string, term: string): number | undefined => {
  const terms = own(docFreqs, field);
  return terms === undefined ? undefined : own(terms, term);
};

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
