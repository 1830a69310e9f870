import { invalid } from '#libs/kernel';
import type { FunctionScoreClause } from '../compile/compiled-query.ts';
import { hasBit, type Bits } from './bits.ts';
import { matchingDocs } from './matching-docs.ts';
import { createScoreFunction, type ScoreFunction } from './score-function.ts';
import type { SegmentData } from './segment-data.ts';

export interface WeightedFunction {
  /** Undefined: it speaks for all documents. */
  readonly docs: Bits | undefined;
  readonly weight: number;
  readonly value: ScoreFunction;
}

export const createFunctionScore = (clause: FunctionScoreClause, data: SegmentData): FunctionScore =>
  new FunctionScore(
    clause,
    clause.functions.map(({ filter, weight, value, path }) => ({
      docs: filter && matchingDocs(filter, data),
      weight,
      value: createScoreFunction(value, path, data),
    })),
  );

/** How a function_score's functions change scores in one segment. A document that none speaks for has the factor 1. */
export class FunctionScore {
  constructor(
    readonly clause: FunctionScoreClause,
    readonly functions: readonly WeightedFunction[],
  ) {}

  /** The score of a document whose query scored `queryScore`. Throws `invalid` (`bad_score`). */
  combine(doc: number, queryScore: number): number {
    const factor = Math.min(this.factorOf(doc), this.clause.maxBoost);
    const score = this.withFactor(factor, queryScore);
    if (score >= 0 && score < Infinity) return score;
    const { path } = this.clause;
    throw invalid(
      'bad_score',
      `${path}: a document scores ${score} (query ${queryScore}, functions ${factor}); a score must be finite, see max_boost`,
      { path },
    );
  }

  /** No document in [from, to] scores more when its query scores at most `queryBound`, up to rounding. */
  maxIn(from: number, to: number, queryBound: number): number {
    const factor = this.maxFactorIn(from, to);
    // What may be an error must be looked at: whether it is one must not depend on what was skipped.
    if (!(factor < Infinity && queryBound < Infinity)) return Infinity;
    return this.withFactor(Math.min(factor, this.clause.maxBoost), queryBound);
  }

  /** What the functions say together, before `maxBoost`. */
  factorOf(doc: number): number {
    const { scoreMode } = this.clause;
    let spoken = false;
    let result = scoreMode === 'multiply' ? 1 : scoreMode === 'max' ? -Infinity : scoreMode === 'min' ? Infinity : 0;
    let weights = 0;
    for (const { docs, weight, value } of this.functions) {
      if (docs !== undefined && !hasBit(docs, doc)) continue;
      const one = weight * value.valueOf(doc);
      if (scoreMode === 'first') return one;
      spoken = true;
      weights += weight;
      if (scoreMode === 'multiply') result *= one;
      else if (scoreMode === 'max') result = Math.max(result, one);
      else if (scoreMode === 'min') result = Math.min(result, one);
      else result += one;
    }
    if (!spoken) return 1;
    if (scoreMode !== 'avg') return result;
    // An average without weight says nothing.
    return weights === 0 ? 1 : result / weights;
  }

  private maxFactorIn(from: number, to: number): number {
    const { scoreMode } = this.clause;
    let all = scoreMode === 'multiply' ? 1 : 0;
    let spoken = false;
    for (const { docs, weight, value } of this.functions) {
      const most = value.maxIn(from, to);
      if (most === Infinity) return Infinity;
      const one = weight * most;
      if (docs === undefined) spoken = true;
      if (scoreMode === 'multiply') all *= docs === undefined ? one : Math.max(1, one);
      else if (scoreMode === 'sum') all += one;
      else all = Math.max(all, scoreMode === 'avg' ? most : one);
    }
    // Where no function speaks the factor is 1; so it is for an average without weight.
    return spoken && scoreMode !== 'avg' ? all : Math.max(1, all);
  }

  private withFactor(factor: number, queryScore: number): number {
    switch (this.clause.boostMode) {
      case 'multiply':
        return queryScore * factor;
      case 'replace':
        return factor;
      case 'sum':
        return queryScore + factor;
      case 'avg':
        return (queryScore + factor) / 2;
      case 'max':
        return Math.max(queryScore, factor);
      default:
        return Math.min(queryScore, factor);
    }
  }
}
