import { phraseWords } from '../compile/phrase-words.ts';
import type { PhraseClause, TermClause } from '../compile/compiled-query.ts';
import type { SearchStatistics } from '../search-partial.ts';
import type { SearchableSegment } from '../search.ts';
import { inverseDocFreq, normInverses, NO_NORM_INVERSES } from './bm25.ts';
import { docFreqIn } from './doc-freqs.ts';
import type { TermMap } from './term-map.ts';

/**
 * What scores are computed from in one task: the same for all of its segments, and under `dfs` for all tasks.
 * SCORE-2: nothing of it depends on how documents are split into segments once document frequencies are given.
 */
export class Weights {
  private readonly inverses = new Map<string, Float64Array>();

  /** @param summed document frequencies of this task's segments: for terms that the statistics do not have */
  constructor(
    private readonly statistics: SearchStatistics,
    private readonly summed: Pick<TermMap<number>, 'get'>,
    private readonly segments: readonly SearchableSegment[],
  ) {}

  term(clause: TermClause): number {
    return clause.boost * inverseDocFreq(this.termDocFreq(clause), this.docCount(clause.field));
  }

  termDocFreq(clause: Pick<TermClause, 'field' | 'term' | 'blend' | 'blendTerms'>): number {
    const { field, term, blend, blendTerms } = clause;
    if (blend === undefined && blendTerms === undefined) return this.docFreq(field, term);
    return this.largestDocFreq(blend ?? [field], blendTerms ?? [term]);
  }

  private largestDocFreq(blend: readonly string[], blendTerms: readonly string[]): number {
    let docFreq = 0;
    for (const name of blend) for (const one of blendTerms) docFreq = Math.max(docFreq, this.docFreq(name, one));
    return docFreq;
  }

  /** A phrase weighs the sum of its words' idfs, of alternatives all, as in Lucene. */
  phrase(clause: PhraseClause): number {
    const { field, boost } = clause;
    const docCount = this.docCount(field);
    let sum = 0;
    for (const term of phraseWords(clause).flat()) sum += inverseDocFreq(this.docFreq(field, term), docCount);
    return boost * sum;
  }

  /** By norm byte; see `normInverses`. */
  normInverses(field: string, hasNorms: boolean): Float64Array {
    if (!hasNorms) return NO_NORM_INVERSES;
    let inverses = this.inverses.get(field);
    if (!inverses) {
      inverses = normInverses(this.averageLength(field));
      this.inverses.set(field, inverses);
    }
    return inverses;
  }

  averageLength(field: string): number {
    const { docCount, tokenCount } = this.ofField(field);
    return docCount > 0 && tokenCount > 0 ? tokenCount / docCount : 1;
  }

  docFreq(field: string, term: string): number {
    const given = this.statistics.docFreqs && docFreqIn(this.statistics.docFreqs, field, term);
    return given ?? this.summed.get(field, term) ?? 0;
  }

  docCount(field: string): number {
    return this.ofField(field).docCount;
  }

  private ofField(field: string): { docCount: number; tokenCount: number } {
    if (Object.hasOwn(this.statistics.fields, field)) return this.statistics.fields[field]!;
    const sum = { docCount: 0, tokenCount: 0 };
    for (const { reader } of this.segments) {
      const found = reader.field(field);
      sum.docCount += found?.docCount ?? 0;
      sum.tokenCount += found?.tokenCount ?? 0;
    }
    return sum;
  }
}
