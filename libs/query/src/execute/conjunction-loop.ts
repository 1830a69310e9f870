import { NO_MORE_DOCS } from '#libs/segment';
import { leastReach } from '../score/bm25.ts';
import { hasBit, type Bits } from './bits.ts';
import { STEPS_PER_REPORT, type ExecutionWatch } from './execution-watch.ts';
import { padded } from './scorer.ts';
import type { TermScorer } from './term-scorer.ts';
import type { TopHits } from './top-hits.ts';

/**
 * The loop of a query whose terms are all required: the rarest leads, the others leap after it. Stretches in which the
 * blocks' maxima add up to less than the threshold are leapt over, and the others are not even asked about a document
 * whose score in the leading term leaves too much to their maxima.
 * @param terms in clause order: the order in which scores are summed
 */
export function runConjunction(
  terms: readonly TermScorer[],
  accepted: Bits | undefined,
  top: TopHits,
  watch: ExecutionWatch,
): void {
  const byCost = terms.toSorted((a, b) => a.cost - b.cost);
  const lead = byCost[0]!;
  const count = byCost.length;
  let doc = lead.next();
  let upTo = -1;
  /** What the others add at most, up to `upTo`. */
  let othersBound = Infinity;
  /** What the leading term must give at least, and what that asks of a document. */
  let missing = -Infinity;
  let least = 0;
  let steps = 0;
  search: while (doc !== NO_MORE_DOCS) {
    if (++steps === STEPS_PER_REPORT) {
      watch.spend(steps * count);
      steps = 0;
    }
    const prune = top.pruneBelow;
    if (prune > 0) {
      if (doc > upTo) {
        let bound = 0;
        upTo = NO_MORE_DOCS;
        for (let i = count - 1; i >= 0; i--) {
          const term = byCost[i]!;
          const block = term.blockOf(doc);
          // A term that ends before here: nothing more matches.
          if (block === term.postings.blockCount) return;
          othersBound = bound;
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
      if (prune - othersBound !== missing) {
        missing = prune - othersBound;
        least = leastReach(lead.weight, prune - padded(othersBound));
      }
      if (lead.reach() < least) {
        top.skipped = true;
        doc = lead.next();
        continue;
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
