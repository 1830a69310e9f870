/**
 * Walks the documents that match a clause, ascending, and scores them: the general way, for every clause that has no loop
 * of its own. `doc` is -1 before the first move and NO_MORE_DOCS after the last document; moving on from there is legal
 * and stays there.
 */
export abstract class Scorer {
  doc = -1;
  /** Moves to the next document; answers it. */
  abstract next(): number;
  /** Moves to the first document ≥ target, which must be > doc; answers it. */
  abstract advance(target: number): number;
  /** Of the current document. Never negative. May be called once a document (phrases count their matches once). */
  abstract score(): number;
  /** No document in [from, to] scores more, up to rounding (see `padded`). Does not move. `from` never falls. */
  abstract maxScoreIn(from: number, to: number): number;
  /** About how many documents match: who leads a conjunction. */
  abstract readonly cost: number;
}

/**
 * SCORE-3: a bound that was summed in another order than the score may be smaller by some rounding; it is compared only
 * after this padding (far above n·2^-53 for any number of clauses that a query may have, far below any real difference).
 */
export const padded = (bound: number): number => bound * (1 + 1e-9);
