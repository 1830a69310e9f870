/** Wrong in the same way a thousand times is no more to read than ten times. */
const MOST = 20;

/** What went wrong that must not: each a sentence. */
export class Violations {
  readonly seen: string[] = [];
  count = 0;

  add(sentence: string): void {
    this.count++;
    if (this.seen.length < MOST) this.seen.push(sentence);
  }

  get any(): boolean {
    return this.count > 0;
  }
}
