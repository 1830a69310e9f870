import { NO_MORE_DOCS, type Postings } from '#libs/segment';
import type { PhraseClause } from '../compile/compiled-query.ts';
import { blockMaxima } from '../score/block-maxima.ts';
import { bm25 } from '../score/bm25.ts';
import { createPhraseMatcher, type PhraseMatcher } from './phrase-matcher.ts';
import { Scorer } from './scorer.ts';
import type { SegmentData } from './segment-data.ts';

/** The documents of a phrase with their BM25 scores: the phrase's frequency and the sum of its words' idfs. */
export class PhraseScorer extends Scorer {
  readonly cost: number;
  readonly matcher: PhraseMatcher;
  readonly norms: Uint8Array;
  private readonly postings: readonly Postings[];
  /** By word and block: what a phrase there could score at most. */
  private readonly blockMaxima: readonly Float64Array[];
  private readonly shallow: Int32Array;
  private readonly sloppy: boolean;
  private freq = 0;

  constructor(
    clause: PhraseClause,
    data: SegmentData,
    readonly weight: number,
    readonly normInverses: Float64Array,
  ) {
    super();
    this.matcher = createPhraseMatcher(clause, data);
    this.norms = data.norms(clause.field)!;
    this.postings = clause.terms.map((term) => data.postings(data.term(clause.field, term)!));
    this.cost = Math.min(...this.postings.map(({ docFreq }) => docFreq));
    this.sloppy = clause.slop > 0;
    this.blockMaxima = this.postings.map((postings) => blockMaxima(postings, weight, normInverses).scores);
    this.shallow = new Int32Array(this.postings.length);
  }

  /** Its buffers go to the next one; it is dead then. Optional. */
  release(): void {
    this.matcher.release();
  }

  next(): number {
    return this.doc === NO_MORE_DOCS ? NO_MORE_DOCS : this.advance(this.doc + 1);
  }

  advance(target: number): number {
    let doc = target >= NO_MORE_DOCS ? -1 : this.matcher.nextCandidate(target);
    while (doc >= 0) {
      this.freq = this.matcher.freq();
      if (this.freq > 0) break;
      doc = this.matcher.nextCandidate(doc + 1);
    }
    this.doc = doc < 0 ? NO_MORE_DOCS : doc;
    return this.doc;
  }

  score(): number {
    return bm25(this.weight, this.freq, this.normInverses[this.norms[this.doc]!]!);
  }

  maxScoreIn(from: number, to: number): number {
    // A sloppy phrase may match more often than its rarest word stands: only the weight bounds it.
    if (this.sloppy) return this.weight;
    let least = Infinity;
    for (let word = 0; word < this.postings.length; word++) {
      const { blockLastDocs, blockCount } = this.postings[word]!;
      const maxima = this.blockMaxima[word]!;
      let max = 0;
      for (let block = this.blockOf(word, from); block < blockCount; block++) {
        if (maxima[block]! > max) max = maxima[block]!;
        if (blockLastDocs[block]! >= to) break;
      }
      if (max < least) least = max;
    }
    return least;
  }

  /** The last document up to which every word stays in the block that it is in from `doc` on. */
  commonBlockEnd(doc: number): number {
    let end = NO_MORE_DOCS - 1;
    for (let word = 0; word < this.postings.length; word++) {
      const { blockLastDocs, blockCount } = this.postings[word]!;
      const block = this.blockOf(word, doc);
      if (block < blockCount && blockLastDocs[block]! < end) end = blockLastDocs[block]!;
    }
    return end;
  }

  private blockOf(word: number, target: number): number {
    const { blockLastDocs, blockCount } = this.postings[word]!;
    let block = this.shallow[word]!;
    while (block < blockCount && blockLastDocs[block]! < target) block++;
    this.shallow[word] = block;
    return block;
  }
}
