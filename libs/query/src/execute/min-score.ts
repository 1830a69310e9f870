import { childrenOf, filtersOf } from '../compile/clause-children.ts';
import type { Clause, MinScoreClause } from '../compile/compiled-query.ts';
import type { Weights } from '../score/weights.ts';
import { emptyBits, hasBit, liveDocs, setBit, type Bits } from './bits.ts';
import { createScorer } from './create-scorer.ts';
import { WORK_OF_SCORER } from './execution-watch.ts';
import type { SegmentData } from './segment-data.ts';

/**
 * Finds the documents of every `min_score` clause, the innermost first: which match is known only when they have been
 * scored, and filters and counts are asked without scores. Goes where `SegmentData.askPostings` has been, so that all it
 * needs is there.
 * @param scored as it was given there
 */
export function resolveMinScores(clause: Clause, data: SegmentData, weights: Weights, scored: boolean): void {
  if (!data.mayMatch(clause)) return;
  const resolve = (children: readonly Clause[], by: boolean): void => {
    for (const child of children) resolveMinScores(child, data, weights, by);
  };
  if (clause.kind === 'bool') {
    resolve([...clause.must, ...clause.should], scored);
    resolve([...clause.filter, ...clause.mustNot], false);
  } else if (clause.kind === 'function_score') {
    resolve([clause.clause], scored);
    if (scored) resolve(filtersOf(clause), false);
  } else if (clause.kind === 'min_score') {
    if (data.minScoreDocs.has(clause)) return;
    resolve([clause.clause], true);
    data.minScoreDocs.set(clause, scoringDocs(clause, data, weights));
  } else resolve(childrenOf(clause), scored);
}

function scoringDocs(clause: MinScoreClause, data: SegmentData, weights: Weights): Bits {
  const docs = emptyBits(data.docCount);
  const live = liveDocs(data.segment.deleted);
  const scorer = createScorer(clause.clause, data, weights);
  for (let doc = scorer.next(); doc < data.docCount; doc = scorer.next()) {
    data.watch.spend(WORK_OF_SCORER);
    if ((live === undefined || hasBit(live, doc)) && scorer.score() >= clause.minScore) setBit(docs, doc);
  }
  return docs;
}
