import { hasBit, type Bits } from './bits.ts';
import type { TermScorer } from './term-scorer.ts';
import type { TopHits } from './top-hits.ts';

/** The loop of a query that is one term: block by block, whole blocks skipped by their maximum. */
export function runTerm(term: TermScorer, accepted: Bits | undefined, top: TopHits): void {
  const { blockMaxScores, weight, normInverses, norms, normMask } = term;
  const { blockLastDocs, blockCount } = term.postings;
  let target = 0;
  for (let block = 0; block < blockCount; block++) {
    if (blockMaxScores[block]! < top.pruneBelow) {
      top.skipped = true;
    } else {
      term.load(target);
      const { docs, freqs, size } = term;
      if (accepted === undefined) top.count += size;
      for (let i = 0; i < size; i++) {
        const doc = docs[i]!;
        if (accepted !== undefined) {
          if (!hasBit(accepted, doc)) continue;
          top.count++;
        }
        const score = weight - weight / (1 + freqs[i]! * normInverses[norms[doc & normMask]!]!);
        if (score >= top.threshold) top.offer(doc, score);
      }
    }
    target = blockLastDocs[block]! + 1;
  }
}
