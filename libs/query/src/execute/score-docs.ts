import type { Clause } from '../compile/compiled-query.ts';
import type { Weights } from '../score/weights.ts';
import { createScorer } from './create-scorer.ts';
import { WORK_OF_SCORER } from './execution-watch.ts';
import { resolveMinScores } from './min-score.ts';
import type { SegmentData } from './segment-data.ts';

/** The scores of all documents that match, by document: for aggregations that sort by score. */
export function scoreDocs(root: Clause, data: SegmentData, weights: Weights): Float64Array {
  resolveMinScores(root, data, weights, true);
  const scores = new Float64Array(data.docCount);
  const scorer = createScorer(root, data, weights);
  for (let doc = scorer.next(); doc < data.docCount; doc = scorer.next()) {
    data.watch.spend(WORK_OF_SCORER);
    scores[doc] = scorer.score();
  }
  return scores;
}
