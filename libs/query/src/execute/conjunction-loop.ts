import { NO_MORE_DOCS } from '#libs/segment';
import { hasBit, type Bits } from './bits.ts';
import { padded } from './scorer.ts';
import type { TermScorer } from './term-scorer.ts';
import type { TopHits } from './top-hits.ts';

/**
 * The loop of a query whose terms are all required: the rarest leads, the others leap after it; stretches in which the
 * blocks' maxima add up to less than the threshold are leapt over.
 * @param terms in clause order: the order in which scores are summed
 */
export function runConjunction(terms: readonly TermScorer[], accepted: Bits | undefined, top: TopHits): void {
  const byCost = terms.toSorted((a, b) => a.cost - b.cost);
  const lead = byCost[0]!;
  const count = byCost.length;
  let doc = lead.next();
  let upTo = -1;
  search: while (doc !== NO_MORE_DOCS) {
    if (doc > upTo) {
      const prune = top.pruneBelow;
      if (prune > 0) {
        let bound = 0;
        upTo = NO_MORE_DOCS;
        for (let i = 0; i < count; i++) {
          const term = byCost[i]!;
          const block = term.blockOf(doc);
          // A term that ends before here: nothing more matches.
          if (block === term.postings.blockCount) return;
          bound += term.blockMaxScores[block]!;
          const last = term.postings.blockLastDocs[block]!;
          if (last < upTo) upTo = last;
        }
        if (padded(bound) < prune) {
          top.skipped = true;
          doc = lead.advance(upTo + 1);
          continue;
        }
      }
    }
    for (let i = 1; i < count; i++) {
      const term = byCost[i]!;
      const at = term.doc < doc ? term.advance(doc) : term.doc;
      if (at > doc) {
        if (at === NO_MORE_DOCS) return;
        doc = lead.advance(at);
        continue search;
      }
    }
    if (accepted === undefined || hasBit(accepted, doc)) {
      top.count++;
      let score = 0;
      for (let i = 0; i < count; i++) score += terms[i]!.score();
      if (score >= top.threshold) top.offer(doc, score);
    }
    doc = lead.next();
  }
}
