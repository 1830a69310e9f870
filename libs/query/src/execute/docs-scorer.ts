import { NO_MORE_DOCS } from '#libs/segment';
import { countBits, nextBit, type Bits } from './bits.ts';
import { Scorer } from './scorer.ts';

/** The documents of a set, all with the same score. */
export class DocsScorer extends Scorer {
  readonly cost: number;

  constructor(
    private readonly bits: Bits,
    private readonly constant: number,
  ) {
    super();
    this.cost = countBits(bits);
  }

  next(): number {
    return this.doc === NO_MORE_DOCS ? NO_MORE_DOCS : this.advance(this.doc + 1);
  }

  advance(target: number): number {
    const doc = nextBit(this.bits, target);
    this.doc = doc < 0 ? NO_MORE_DOCS : doc;
    return this.doc;
  }

  score(): number {
    return this.constant;
  }

  maxScoreIn(): number {
    return this.constant;
  }
}
