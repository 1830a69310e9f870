import type { PhraseClause, TermClause } from '../compile/compiled-query.ts';
import type { SearchStatistics } from '../search-partial.ts';
import type { SearchableSegment } from '../search.ts';
import { inverseDocFreq, normInverses, NO_NORM_INVERSES } from './bm25.ts';
import { docFreqIn, type DocFreqs } from './doc-freqs.ts';

/**
 * What scores are computed from in one task: the same for all of its segments, and under `dfs` for all tasks.
 * SCORE-2: nothing of it depends on how documents are split into segments once document frequencies are given.
 */
export class Weights {
  private readonly inverses = new Map<string, Float64Array>();

  /** @param summed document frequencies of this task's segments, for terms that the statistics do not have */
  constructor(
    private readonly statistics: SearchStatistics,
    private readonly summed: DocFreqs,
    private readonly segments: readonly SearchableSegment[],
  ) {}

  term({ field, term, boost, blend }: TermClause): number {
    const docFreq = Math.max(...(blend ?? [field]).map((name) => this.docFreq(name, term)));
    return boost * inverseDocFreq(docFreq, this.docCount(field));
  }

  /** A phrase weighs the sum of its words' idfs, as in Lucene. */
  phrase({ field, terms, boost }: PhraseClause): number {
    const docCount = this.docCount(field);
    let sum = 0;
    for (const term of terms) sum += inverseDocFreq(this.docFreq(field, term), docCount);
    return boost * sum;
  }

  /** By norm byte; see `normInverses`. */
  normInverses(field: string, hasNorms: boolean): Float64Array {
    if (!hasNorms) return NO_NORM_INVERSES;
    let inverses = this.inverses.get(field);
    if (!inverses) {
      const { docCount, tokenCount } = this.ofField(field);
      inverses = normInverses(docCount > 0 && tokenCount > 0 ? tokenCount / docCount : 1);
      this.inverses.set(field, inverses);
    }
    return inverses;
  }

  private docFreq(field: string, term: string): number {
    const given = this.statistics.docFreqs && docFreqIn(this.statistics.docFreqs, field, term);
    return given ?? docFreqIn(this.summed, field, term) ?? 0;
  }

  private docCount(field: string): number {
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
