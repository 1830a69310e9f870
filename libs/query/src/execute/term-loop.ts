import { blocksByPromise } from '../score/block-maxima.ts';
import { leastReach } from '../score/bm25.ts';
import { hasBit, type Bits } from './bits.ts';
import type { ExecutionWatch } from './execution-watch.ts';
import type { TermScorer } from './term-scorer.ts';
import type { TopHits } from './top-hits.ts';

/**
 * The loop of a query that is one term: block by block, whole blocks skipped by their maximum. Where skipping is allowed
 * from the start, the blocks that promise most come first, and the first that promises too little ends the loop.
 */
export function runTerm(term: TermScorer, accepted: Bits | undefined, top: TopHits, watch: ExecutionWatch): void {
  if (top.prunes) runByPromise(term, accepted, top, watch);
  else runBlocks(term, -Infinity, accepted, top, watch);
}

function runByPromise(term: TermScorer, accepted: Bits | undefined, top: TopHits, watch: ExecutionWatch): void {
  const { blockMaxScores, maxima } = term;
  const blocks = blocksByPromise(maxima);
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i]!;
    if (blockMaxScores[block]! < top.pruneBelow) {
      top.skipped = true;
      return;
    }
    watch.spend(runBlock(term, block, accepted, top));
  }
}

/** The blocks whose maximum is at least `least`. */
function runBlocks(
  term: TermScorer,
  least: number,
  accepted: Bits | undefined,
  top: TopHits,
  watch: ExecutionWatch,
): void {
  const { blockMaxScores } = term;
  for (let block = 0; block < blockMaxScores.length; block++) {
    const max = blockMaxScores[block]!;
    if (max < least) continue;
    if (max < top.pruneBelow) top.skipped = true;
    else watch.spend(runBlock(term, block, accepted, top));
  }
}

/** @returns how many documents it looked at */
function runBlock(term: TermScorer, block: number, accepted: Bits | undefined, top: TopHits): number {
  const { docs, freqs, weight, normInverses, norms, normMask } = term;
  const size = term.loadWhole(block);
  // Nothing in the block is shorter: a frequency that would not do even there needs no look at the document.
  const shortest = term.maxima.inverses[block]!;
  if (accepted === undefined) top.count += size;
  let least = leastReach(weight, top.threshold);
  for (let i = 0; i < size; i++) {
    const freq = freqs[i]!;
    if (accepted === undefined && freq * shortest < least) continue;
    const doc = docs[i]!;
    if (accepted !== undefined) {
      if (!hasBit(accepted, doc)) continue;
      top.count++;
    }
    const reach = freq * normInverses[norms[doc & normMask]!]!;
    if (reach < least) continue;
    const score = weight - weight / (1 + reach);
    if (score >= top.threshold) {
      top.offer(doc, score);
      least = leastReach(weight, top.threshold);
    }
  }
  return size;
}

/**
 * What a hit must reach at least, from the documents of one term alone: scores only grow by other clauses, so if `limit`
 * of them reach a score, nothing below it is a hit of the first page. Looks at few blocks, and rewinds
 * the term. -Infinity when they do not tell.
 */
export function seedThreshold(
  term: TermScorer,
  accepted: Bits | undefined,
  trial: TopHits,
  watch: ExecutionWatch,
): number {
  runBlocks(term, term.maxima.seed, accepted, trial, watch);
  term.rewind();
  const seed = trial.isFull ? trial.threshold : -Infinity;
  trial.release();
  return seed;
}
