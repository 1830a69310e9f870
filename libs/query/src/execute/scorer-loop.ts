import { NO_MORE_DOCS } from '#libs/segment';
import { hasBit, type Bits } from './bits.ts';
import { WORK_OF_SCORER, type ExecutionWatch } from './execution-watch.ts';
import { padded, type Scorer } from './scorer.ts';
import type { TopHits } from './top-hits.ts';

/** Documents that one bound speaks for. */
const WINDOW = 2048;

/** The loop of every query that has none of its own. Windows whose bound stays below the threshold are leapt over. */
export function runScorer(scorer: Scorer, accepted: Bits | undefined, top: TopHits, watch: ExecutionWatch): void {
  let windowEnd = 0;
  let doc = scorer.next();
  while (doc !== NO_MORE_DOCS) {
    watch.spend(WORK_OF_SCORER);
    if (doc >= windowEnd) {
      const prune = top.pruneBelow;
      if (prune > 0) {
        windowEnd = doc + WINDOW;
        if (padded(scorer.maxScoreIn(doc, windowEnd - 1)) < prune) {
          top.skipped = true;
          doc = scorer.advance(windowEnd);
          continue;
        }
      }
    }
    if (accepted === undefined || hasBit(accepted, doc)) {
      top.count++;
      const score = scorer.score();
      if (score >= top.threshold) top.offer(doc, score);
    }
    doc = scorer.next();
  }
}

/** The loop of a query that scores all its documents alike. */
export function runConstant(docs: Bits, score: number, top: TopHits, watch: ExecutionWatch): void {
  watch.inStretches(docs.length << 5, (from, to) => runWords(docs, from >>> 5, to >>> 5, score, top));
}

function runWords(docs: Bits, from: number, to: number, score: number, top: TopHits): void {
  for (let at = from; at < to; at++) {
    let word = docs[at]!;
    while (word !== 0) {
      const lowest = word & -word;
      word ^= lowest;
      top.count++;
      if (score >= top.threshold) top.offer((at << 5) + 31 - Math.clz32(lowest), score);
    }
  }
}
