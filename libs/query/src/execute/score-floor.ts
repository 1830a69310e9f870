/**
 * The score of the k-th best document of all segments so far: what a later segment must reach (equal scores are decided by
 * `_id`, so they stay).
 */
export class ScoreFloor {
  private best: number[] = [];

  /** @param given what is known of other tasks' hits: their k-th best, which is no better than the k-th of all */
  constructor(
    private readonly limit: number,
    private readonly given = -Infinity,
  ) {}

  get value(): number {
    if (this.limit === 0) return -Infinity;
    return Math.max(this.given, this.own);
  }

  /** Of the segments seen here alone. */
  get own(): number {
    return this.limit > 0 && this.best.length === this.limit ? this.best.at(-1)! : -Infinity;
  }

  /** @param scores falling */
  add(scores: readonly number[]): void {
    const merged: number[] = [];
    const { best } = this;
    let i = 0;
    let j = 0;
    while (merged.length < this.limit && (i < best.length || j < scores.length)) {
      if (j === scores.length || (i < best.length && best[i]! >= scores[j]!)) merged.push(best[i++]!);
      else merged.push(scores[j++]!);
    }
    this.best = merged;
  }
}
