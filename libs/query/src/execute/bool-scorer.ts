import { NO_MORE_DOCS } from '#libs/segment';
import { hasBit, nextBit, type Bits } from './bits.ts';
import { STEPS_PER_REPORT, type ExecutionWatch } from './execution-watch.ts';
import { Scorer } from './scorer.ts';

/**
 * A bool with several kinds of clauses: documents of `required` that are `accepted` (by filters and exclusions); `optional`
 * adds to the score where it has the document too. The score is the required part plus the optional part.
 */
export class BoolScorer extends Scorer {
  readonly cost: number;
  private steps = 0;

  constructor(
    private readonly required: Scorer,
    private readonly optional: Scorer | undefined,
    private readonly accepted: Bits | undefined,
    private readonly watch: ExecutionWatch,
  ) {
    super();
    this.cost = required.cost;
  }

  next(): number {
    return this.doc === NO_MORE_DOCS ? NO_MORE_DOCS : this.accept(this.required.next());
  }

  advance(target: number): number {
    return this.doc === NO_MORE_DOCS ? NO_MORE_DOCS : this.accept(this.required.advance(target));
  }

  private accept(start: number): number {
    const { accepted, required } = this;
    let doc = start;
    if (accepted !== undefined) {
      while (doc !== NO_MORE_DOCS && !hasBit(accepted, doc)) {
        if (++this.steps === STEPS_PER_REPORT) {
          this.watch.spend(this.steps);
          this.steps = 0;
        }
        const next = nextBit(accepted, doc + 1);
        doc = next < 0 ? NO_MORE_DOCS : required.advance(next);
      }
    }
    this.doc = doc;
    return doc;
  }

  score(): number {
    const { optional, doc } = this;
    const score = this.required.score();
    if (optional === undefined) return score;
    const at = optional.doc < doc ? optional.advance(doc) : optional.doc;
    return at === doc ? score + optional.score() : score;
  }

  maxScoreIn(from: number, to: number): number {
    const bound = this.required.maxScoreIn(from, to);
    return this.optional === undefined || this.optional.doc > to ? bound : bound + this.optional.maxScoreIn(from, to);
  }
}
