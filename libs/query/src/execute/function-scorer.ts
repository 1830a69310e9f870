import type { FunctionScore } from './function-score.ts';
import { Scorer } from './scorer.ts';

/** The documents of a query, their scores changed by functions. */
export class FunctionScorer extends Scorer {
  readonly cost: number;

  constructor(
    private readonly child: Scorer,
    private readonly functions: FunctionScore,
  ) {
    super();
    this.cost = child.cost;
  }

  next(): number {
    this.doc = this.child.next();
    return this.doc;
  }

  advance(target: number): number {
    this.doc = this.child.advance(target);
    return this.doc;
  }

  score(): number {
    return this.functions.combine(this.doc, this.child.score());
  }

  maxScoreIn(from: number, to: number): number {
    return this.functions.maxIn(from, to, this.child.maxScoreIn(from, to));
  }
}
