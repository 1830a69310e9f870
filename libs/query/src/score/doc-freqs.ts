import { isQuarryError } from '#libs/kernel';
import type { SearchStatistics } from '../search-partial.ts';
import type { SearchableSegment } from '../search.ts';
import type { CompiledQuery } from '../compile/compiled-query.ts';
import { collectTerms, type QueryTerm } from './query-terms.ts';

export type DocFreqs = NonNullable<SearchStatistics['docFreqs']>;

/**
 * Sums the document frequencies of the query's terms over segments: the first phase of `searchType: "dfs"`. Deleted
 * documents count until they are merged away, as in Lucene. A corrupt segment counts nothing (the search itself reports
 * it as a failed one); any other error rejects, so that the task can be tried again.
 */
export async function gatherDocFreqs(
  compiled: CompiledQuery,
  segments: readonly SearchableSegment[],
): Promise<DocFreqs> {
  const terms = collectTerms(compiled);
  const counted = await Promise.all(
    segments.map(async ({ reader }) => {
      const wave = reader.wave();
      const pending = terms.map(({ field, term }) => (hasTerms(reader, field) ? wave.term(field, term) : undefined));
      try {
        await wave.flush();
      } catch (error) {
        if (isQuarryError(error) && error.kind === 'corrupt') return terms.map(() => 0);
        throw error;
      }
      return pending.map((info) => info?.value?.docFreq ?? 0);
    }),
  );
  return docFreqsOf(terms, (at) => counted.reduce((sum, ofSegment) => sum + ofSegment[at]!, 0));
}

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

/** Whether the segment has a dictionary for the field. */
export function hasTerms(reader: SearchableSegment['reader'], field: string): boolean {
  const type = reader.field(field)?.type;
  return type === 'text' || type === 'keyword';
}
