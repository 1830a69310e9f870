import { isQuarryError } from '#libs/kernel';
import { clausesOf } from '../compile/clause-children.ts';
import type { Clause, CompiledQuery } from '../compile/compiled-query.ts';
import { docFreqsOf, type DocFreqs } from '../score/doc-freqs.ts';
import { collectTerms, type QueryTerm } from '../score/query-terms.ts';
import { TermMap } from '../score/term-map.ts';
import type { SearchableSegment } from '../search.ts';
import { chooseExpansions, expandingClauses, expandQuery } from './expand-clauses.ts';
import { ExpansionWatch } from './expansion-watch.ts';
import { SegmentData } from './segment-data.ts';

/**
 * Sums the document frequencies of the query's terms over segments, with those that fuzzy words and begun phrases come to
 * stand for: the first phase of `searchType: "dfs"`. Deleted documents count until they are merged away, as in Lucene. A
 * corrupt segment counts nothing (the search itself reports it as a failed one); any other error rejects, so that the
 * task can be tried again.
 * @param filters of aggregations: they do not score, but what their words stand for must be the same in all tasks
 */
export async function gatherDocFreqs(
  compiled: CompiledQuery,
  segments: readonly SearchableSegment[],
  filters: readonly Clause[] = [],
): Promise<DocFreqs> {
  const expanding = [...clausesOf(compiled), ...filters].flatMap((clause) => expandingClauses(clause));
  const read = await Promise.all(
    segments.map(async (segment) => {
      const data = new SegmentData(segment);
      const wave = segment.reader.wave(new ExpansionWatch());
      for (const { field, term } of collectTerms(compiled)) data.askTerm(wave, field, term);
      for (const clause of expanding) data.askExpansion(wave, clause);
      try {
        await wave.flush();
      } catch (error) {
        if (isQuarryError(error) && error.kind === 'corrupt') return undefined;
        throw error;
      }
      return data;
    }),
  );
  const datas = read.filter((data) => data !== undefined);
  const substitutes = chooseExpansions(datas, undefined);
  for (const data of datas) data.substitute(substitutes);
  const found = new TermMap<QueryTerm>();
  // Those of filters too: what they come to stand for decides what matches.
  const chosen = [...substitutes.values()].map((clause) => ({ ...compiled, root: clause, query: clause }));
  for (const query of [expandQuery(compiled, substitutes), ...chosen])
    for (const one of collectTerms(query)) found.set(one.field, one.term, one);
  const terms = found.values();
  return docFreqsOf(terms, (at) => {
    const { field, term } = terms[at]!;
    return datas.reduce((sum, data) => sum + (data.term(field, term)?.docFreq ?? 0), 0);
  });
}
