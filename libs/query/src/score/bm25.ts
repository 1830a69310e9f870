import { LRUCache } from 'lru-cache';
import { decodeNorm } from '#libs/segment';

/**
 * BM25 as Lucene 8 and 9 compute it (org.apache.lucene.search.similarities.BM25Similarity; Robertson & Zaragoza 2009),
 * in doubles where Lucene has floats. Every step is monotone in frequency and length even after rounding, so the score of
 * an impact pair bounds, to the last bit, the score of every document that the pair stands for.
 */
export const K1 = 1.2;
export const B = 0.75;

/** ln(1 + (N − n + 0.5) / (n + 0.5)) for n documents with the term out of N with the field. */
export function inverseDocFreq(docFreq: number, docCount: number): number {
  // Statistics may lag behind the segments by a commit: never the logarithm of a number below 1.
  const count = Math.max(docCount, docFreq);
  return Math.log(1 + (count - docFreq + 0.5) / (docFreq + 0.5));
}

/** The lengths that norm bytes stand for. */
const LENGTHS = Float64Array.from({ length: 256 }, (_, norm) => decodeNorm(norm));

/** Of the average lengths asked last: 2 KiB each, and asked anew by every query. */
const known = new LRUCache<number, Float64Array>({ max: 256 });

/** By norm byte: 1 / (k1 · ((1 − b) + b · length / averageLength)). The same array for the same length, mostly. */
export function normInverses(averageLength: number): Float64Array {
  const kept = known.get(averageLength);
  if (kept) return kept;
  const inverses = new Float64Array(256);
  for (let norm = 0; norm < 256; norm++) {
    inverses[norm] = 1 / (K1 * (1 - B + (B * LENGTHS[norm]!) / averageLength));
  }
  known.set(averageLength, inverses);
  return inverses;
}

/** Of a field without norms: every length is the average one. */
export const NO_NORM_INVERSES: Float64Array = new Float64Array(256).fill(1 / K1);

/** @param weight boost · idf */
export const bm25 = (weight: number, freq: number, normInverse: number): number =>
  weight - weight / (1 + freq * normInverse);

/**
 * What frequency · normInverse must reach for a score: compared with this, most documents are passed over without the
 * division. Too small by a hundred-thousandth, which is far more than rounding (a relative 2^-52 · (1 + frequency ·
 * normInverse)) can be off.
 */
export function leastReach(weight: number, score: number): number {
  if (!(score > 0)) return 0;
  return score > weight ? Infinity : (score / (weight - score)) * (1 - 1e-5);
}
