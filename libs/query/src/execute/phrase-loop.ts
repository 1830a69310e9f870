import { bm25, leastReach } from '../score/bm25.ts';
import { hasBit, type Bits } from './bits.ts';
import type { PhraseScorer } from './phrase-scorer.ts';
import type { TopHits } from './top-hits.ts';

/**
 * The loop of a query that is one phrase. Reading positions is what costs: a document whose words are too rare in it, even
 * if every one of them stood in the phrase, is passed over before.
 */
export function runPhrase(phrase: PhraseScorer, accepted: Bits | undefined, top: TopHits): void {
  const { matcher, weight, normInverses, norms } = phrase;
  let upTo = -1;
  let leastFor = -Infinity;
  let least = 0;
  let doc = matcher.nextCandidate(0);
  while (doc >= 0) {
    const prune = top.pruneBelow;
    if (prune > 0) {
      if (doc > upTo) {
        upTo = phrase.commonBlockEnd(doc);
        if (phrase.maxScoreIn(doc, upTo) < prune) {
          top.skipped = true;
          doc = matcher.nextCandidate(upTo + 1);
          continue;
        }
      }
      if (prune !== leastFor) {
        leastFor = prune;
        least = leastReach(weight, prune);
      }
      if (matcher.maxFreq() * normInverses[norms[doc]!]! < least) {
        top.skipped = true;
        doc = matcher.nextCandidate(doc + 1);
        continue;
      }
    }
    if (accepted === undefined || hasBit(accepted, doc)) {
      const freq = matcher.freq();
      if (freq > 0) {
        top.count++;
        const score = bm25(weight, freq, normInverses[norms[doc]!]!);
        if (score >= top.threshold) top.offer(doc, score);
      }
    }
    doc = matcher.nextCandidate(doc + 1);
  }
}
