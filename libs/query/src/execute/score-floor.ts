/**
 * The score of the k-th best document of all segments so far: what a later segment must reach (equal scores are decided by
 * `_id`, so they stay).
 */
export class ScoreFloor {
  private best: number[] = [];

  constructor(private readonly limit: number) {}

  get value(): number {
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
