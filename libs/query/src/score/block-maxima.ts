import type { Postings } from '#libs/segment';
import { bm25 } from './bm25.ts';

/** What the blocks of some postings can score at most under one weight and one set of norms. */
export interface BlockMaxima {
  readonly weight: number;
  readonly normInverses: Float64Array;
  /** By block: the largest score of its impacts (exact where the impacts are: they are scored like documents). */
  readonly scores: Float64Array;
  /** By block: the largest norm inverse among its impacts; no document of it has a larger one. */
  readonly inverses: Float64Array;
  /** Of all blocks. */
  readonly max: number;
  /** The few blocks that promise most reach this: at least SEED_BLOCKS, or all. */
  readonly seed: number;
  /** The blocks by falling score, once `blocksByPromise` was asked. */
  byPromise: Uint32Array | undefined;
}

/** The blocks, those first that promise most. */
export function blocksByPromise(maxima: BlockMaxima): Uint32Array {
  const { scores } = maxima;
  maxima.byPromise ??= Uint32Array.from(scores.keys()).toSorted((a, b) => scores[b]! - scores[a]! || a - b);
  return maxima.byPromise;
}

/** Blocks that are worth looking at first, to know early what a hit must score. */
const SEED_BLOCKS = 3;
const BINS = 64;

/** Statistics change with every commit, not with every query: the last maxima are kept beside the postings. */
const kept = new WeakMap<object, BlockMaxima>();

export function blockMaxima(postings: Postings, weight: number, normInverses: Float64Array): BlockMaxima {
  const known = kept.get(postings.identity);
  if (known !== undefined && known.weight === weight && known.normInverses === normInverses) return known;
  const { blockCount, impactStarts, impactFreqs, impactNorms } = postings;
  const scores = new Float64Array(blockCount);
  const inverses = new Float64Array(blockCount);
  let max = 0;
  for (let block = 0; block < blockCount; block++) {
    let best = 0;
    let largest = 0;
    const end = impactStarts[block + 1]!;
    for (let i = impactStarts[block]!; i < end; i++) {
      const inverse = normInverses[impactNorms[i]!]!;
      const score = bm25(weight, impactFreqs[i]!, inverse);
      if (score > best) best = score;
      if (inverse > largest) largest = inverse;
    }
    scores[block] = best;
    inverses[block] = largest;
    if (best > max) max = best;
  }
  const maxima = { weight, normInverses, scores, inverses, max, seed: seedOf(scores, max), byPromise: undefined };
  kept.set(postings.identity, maxima);
  return maxima;
}

function seedOf(scores: Float64Array, max: number): number {
  if (scores.length <= SEED_BLOCKS || max === 0) return 0;
  const bins = new Int32Array(BINS + 1);
  for (let i = 0; i < scores.length; i++) bins[Math.floor((scores[i]! / max) * BINS)]!++;
  let count = 0;
  let bin = BINS + 1;
  while (count < SEED_BLOCKS) count += bins[--bin]!;
  return (bin / BINS) * max;
}
