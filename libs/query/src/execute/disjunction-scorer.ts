import { NO_MORE_DOCS } from '#libs/segment';
import { STEPS_PER_REPORT, type ExecutionWatch } from './execution-watch.ts';
import { Scorer } from './scorer.ts';

/**
 * Documents that at least `minimum` of the children have. The score is the sum of the matching children's, in clause
 * order, or with a tie breaker the largest one plus that share of the others'.
 */
export class DisjunctionScorer extends Scorer {
  readonly cost: number;
  private steps = 0;

  constructor(
    private readonly children: readonly Scorer[],
    private readonly minimum: number,
    private readonly tieBreaker: number | undefined,
    private readonly watch: ExecutionWatch,
  ) {
    super();
    this.cost = children.reduce((sum, child) => sum + child.cost, 0);
  }

  next(): number {
    return this.doc === NO_MORE_DOCS ? NO_MORE_DOCS : this.advance(this.doc + 1);
  }

  // Queries have few clauses: looking at each beats keeping a heap.
  advance(target: number): number {
    const { children, minimum } = this;
    let from = target;
    for (;;) {
      if (++this.steps === STEPS_PER_REPORT) {
        this.watch.spend(this.steps * children.length);
        this.steps = 0;
      }
      let least = NO_MORE_DOCS;
      let having = 0;
      for (let i = 0; i < children.length; i++) {
        const child = children[i]!;
        const doc = child.doc < from ? child.advance(from) : child.doc;
        if (doc < least) {
          least = doc;
          having = 1;
        } else if (doc === least) having++;
      }
      if (least === NO_MORE_DOCS || having >= minimum) {
        this.doc = least;
        return least;
      }
      from = least + 1;
    }
  }

  score(): number {
    const { children, doc, tieBreaker } = this;
    if (tieBreaker !== undefined) {
      let max = 0;
      let others = 0;
      for (let i = 0; i < children.length; i++) {
        const child = children[i]!;
        if (child.doc !== doc) continue;
        const score = child.score();
        if (score >= max) {
          others += max;
          max = score;
        } else others += score;
      }
      return max + others * tieBreaker;
    }
    let sum = 0;
    for (let i = 0; i < children.length; i++) if (children[i]!.doc === doc) sum += children[i]!.score();
    return sum;
  }

  maxScoreIn(from: number, to: number): number {
    let max = 0;
    let sum = 0;
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i]!;
      const bound = child.doc > to ? 0 : child.maxScoreIn(from, to);
      sum += bound;
      if (bound > max) max = bound;
    }
    return this.tieBreaker === undefined ? sum : max + (sum - max) * this.tieBreaker;
  }
}
