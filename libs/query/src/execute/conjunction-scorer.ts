import { NO_MORE_DOCS } from '#libs/segment';
import { STEPS_PER_REPORT, type ExecutionWatch } from './execution-watch.ts';
import { Scorer } from './scorer.ts';

/** Documents that all children have; the score is the sum of theirs, in clause order. */
export class ConjunctionScorer extends Scorer {
  readonly cost: number;
  private readonly byCost: readonly Scorer[];

  private steps = 0;

  constructor(
    private readonly children: readonly Scorer[],
    private readonly watch: ExecutionWatch,
  ) {
    super();
    this.byCost = children.toSorted((a, b) => a.cost - b.cost);
    this.cost = this.byCost[0]!.cost;
  }

  next(): number {
    return this.align(this.byCost[0]!.next());
  }

  advance(target: number): number {
    return this.align(this.byCost[0]!.advance(target));
  }

  private align(start: number): number {
    const { byCost } = this;
    const lead = byCost[0]!;
    let doc = start;
    search: while (doc !== NO_MORE_DOCS) {
      if (++this.steps === STEPS_PER_REPORT) {
        this.watch.spend(this.steps * byCost.length);
        this.steps = 0;
      }
      for (let i = 1; i < byCost.length; i++) {
        const child = byCost[i]!;
        const at = child.doc < doc ? child.advance(doc) : child.doc;
        if (at > doc) {
          doc = at === NO_MORE_DOCS ? NO_MORE_DOCS : lead.advance(at);
          continue search;
        }
      }
      break;
    }
    this.doc = doc;
    return doc;
  }

  score(): number {
    let sum = 0;
    for (let i = 0; i < this.children.length; i++) sum += this.children[i]!.score();
    return sum;
  }

  maxScoreIn(from: number, to: number): number {
    let sum = 0;
    for (let i = 0; i < this.children.length; i++) sum += this.children[i]!.maxScoreIn(from, to);
    return sum;
  }
}
